#include "container/record.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tare::container {
namespace {

Record Full() {
  return {
      .id = "web",
      .bundle = "/b",
      .rootfs = "/b/\"rootfs\"",
      .created = "2026-01-02T03:04:05Z",
      .owner = 4294967294,
      .init_pid = 4242,
      .init_start_time = 18446744073709551615u,
      .cgroup_paths = {{"", "/sys/fs/cgroup/x"}, {"memory", "/y"}},
      .systemd_cgroup = true,
      .namespaces = {spec::NamespaceType::kTime, spec::NamespaceType::kPid},
      .joined = {{.type = spec::NamespaceType::kNetwork, .path = "/run/netns/x"}},
      .rdt_control = "/sys/fs/resctrl/web",
      .rdt_monitor = "/sys/fs/resctrl/web/mon_groups/web",
      .rdt_owned = {"/sys/fs/resctrl/web/mon_groups/web", "/sys/fs/resctrl/web"},
      .has_seccomp = true,
      .has_process = false,
      .has_poststart_hooks = true,
      .has_poststop_hooks = true,
      .networks =
          {{.name = "web", .interface = "eth0", .mac = "02:00:5e:10:00:01", .addresses = {"10.1.2.3/24"}}},
      .ports = {"8080:80/tcp"},
      .hostname = "w",
      .annotations = {{"a", "b"}},
  };
}

TEST(Record, SurvivesTheRoundTrip) {
  const std::string json = RecordJson(Full());
  StatusOr<Record> record = ParseRecord(json, "container.json");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->rootfs, "/b/\"rootfs\"");
  EXPECT_EQ(record->owner, 4294967294);
  EXPECT_EQ(record->init_pid, 4242);
  EXPECT_EQ(record->init_start_time, 18446744073709551615u);
  EXPECT_EQ(record->cgroup_paths, Full().cgroup_paths);
  EXPECT_EQ(record->namespaces, Full().namespaces);
  ASSERT_EQ(record->joined.size(), 1u);
  EXPECT_EQ(record->joined[0].type, spec::NamespaceType::kNetwork);
  EXPECT_EQ(record->rdt_control, Full().rdt_control);
  EXPECT_EQ(record->rdt_monitor, Full().rdt_monitor);
  EXPECT_EQ(record->rdt_owned, Full().rdt_owned);
  EXPECT_FALSE(record->has_process);
  EXPECT_EQ(record->annotations, Full().annotations);
  EXPECT_EQ(RecordJson(*record), json);  // and so does every other member
}

TEST(Record, TellsWhoseThePidNamespaceIs) {
  Record record = Full();
  EXPECT_FALSE(ParseRecord(RecordJson(record), "container.json")->own_pid_namespace);
  record.own_pid_namespace = true;
  EXPECT_TRUE(ParseRecord(RecordJson(record), "container.json")->own_pid_namespace);
}

// As tare wrote them before records had a version.
constexpr char kWithoutVersion[] =
    R"({"id":"web","bundle":"/b","rootfs":"/b/rootfs","created":"2026-01-02T03:04:05Z","owner":0,)"
    R"("initPid":42,"initStartTime":43,"hasProcess":true})";

TEST(Record, OptionalFieldsAreAbsentIfTheyAreZeroOrEmpty) {
  StatusOr<Record> record = ParseRecord(kWithoutVersion, "state.json");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->init_pid, 42);
  EXPECT_EQ(RecordJson(*record), RecordJson({.id = "web",
                                             .bundle = "/b",
                                             .rootfs = "/b/rootfs",
                                             .created = "2026-01-02T03:04:05Z",
                                             .init_pid = 42,
                                             .init_start_time = 43}));
  EXPECT_FALSE(record->own_pid_namespace);
  EXPECT_EQ(RecordJson(*record).size(), strlen(kWithoutVersion) + strlen("\"version\":1,"));
}

TEST(Record, TheVersionOfANewerTareIsRefused) {
  const std::string newer = R"({"id":"web","version":2,"bundle":{"something":"else"}})";
  const Status refused = ParseRecord(newer, "container.json").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(refused.message(),
            "container.json: /version: 2 is newer than 1, the newest version that this tare knows");
}

TEST(Record, OnlyACompleteOneOfThisVersionLooksWhole) {
  const std::string json = RecordJson(Full());
  EXPECT_TRUE(LooksWhole(json, "web"));
  EXPECT_TRUE(LooksWhole(json + "\n", "web"));
  EXPECT_FALSE(LooksWhole(json, "we"));
  EXPECT_FALSE(LooksWhole(json.substr(0, json.size() - 2), "web"));
  EXPECT_FALSE(LooksWhole(R"({"id":"web","version":2,"bundle":"/b"})", "web"));
  EXPECT_FALSE(LooksWhole(kWithoutVersion, "web"));
}

TEST(Record, IsOneLine) {
  EXPECT_EQ(RecordJson(Full()).find('\n'), std::string::npos);
}

TEST(Record, DamagedOnesAreRefused) {
  EXPECT_EQ(ParseRecord("{}", "/run/tare/web/container.json").status().message(),
            "/run/tare/web/container.json: /id: is required");
  const std::string json = RecordJson(Full());
  for (size_t length : {size_t{0}, json.size() / 2, json.size() - 1}) {
    EXPECT_FALSE(ParseRecord(json.substr(0, length), "container.json").ok()) << length;
  }
}

TEST(Record, OfAnotherContainersInitIsNotKnown) {
  const std::string json = RecordJson(Full());
  for (const char* id : {"we", "webs", ""}) EXPECT_EQ(SalvageRecord(json, id).init_pid, 0) << id;
}

TEST(Record, OfADamagedOneInitIsKnownByPidAndStartTimeOrNotAtAll) {
  const std::string json = RecordJson(Full());
  const Record whole = SalvageRecord(json, "web");
  EXPECT_EQ(whole.init_pid, 4242);
  EXPECT_EQ(whole.init_start_time, 18446744073709551615u);
  for (size_t length = 0; length < json.size(); ++length) {
    const Record cut = SalvageRecord(json.substr(0, length), "web");
    EXPECT_TRUE(cut.init_pid == 0 || (cut.init_pid == 4242 && cut.init_start_time == 18446744073709551615u))
        << length;
  }
  for (const char* bad :
       {"", "{}", R"({"id":"web","initPid":4242})", R"({"id":"web","initPid":"4242","initStartTime":1})",
        R"({"id":"web","initPid":-1,"initStartTime":1})",
        R"({"id":"web","initPid":99999999999,"initStartTime":1})",
        R"({"id":"web","bundle":"\"initPid\":1,","initStartTime":1})", R"({"initPid":1,"initStartTime":1})"})
    EXPECT_EQ(SalvageRecord(bad, "web").init_pid, 0) << bad;
}

}  // namespace
}  // namespace tare::container
