#include "spec/record.h"

#include <gtest/gtest.h>

namespace tare::spec {
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
      .namespaces = {NamespaceType::kTime, NamespaceType::kPid},
      .joined = {{.type = NamespaceType::kNetwork, .path = "/run/netns/x"}},
      .rdt_control = "/sys/fs/resctrl/web",
      .rdt_monitor = "/sys/fs/resctrl/web/mon_groups/web",
      .rdt_owned = {"/sys/fs/resctrl/web/mon_groups/web", "/sys/fs/resctrl/web"},
      .has_seccomp = true,
      .has_process = false,
      .has_poststart_hooks = true,
      .has_poststop_hooks = true,
      .annotations = {{"a", "b"}},
  };
}

TEST(Record, SurvivesTheRoundTrip) {
  const std::string json = RecordJson(Full());
  StatusOr<Record> record = ParseRecord(json, "state.json");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->rootfs, "/b/\"rootfs\"");
  EXPECT_EQ(record->owner, 4294967294);
  EXPECT_EQ(record->init_pid, 4242);
  EXPECT_EQ(record->init_start_time, 18446744073709551615u);
  EXPECT_EQ(record->cgroup_paths, Full().cgroup_paths);
  EXPECT_EQ(record->namespaces, Full().namespaces);
  ASSERT_EQ(record->joined.size(), 1u);
  EXPECT_EQ(record->joined[0].type, NamespaceType::kNetwork);
  EXPECT_EQ(record->rdt_control, Full().rdt_control);
  EXPECT_EQ(record->rdt_monitor, Full().rdt_monitor);
  EXPECT_EQ(record->rdt_owned, Full().rdt_owned);
  EXPECT_FALSE(record->has_process);
  EXPECT_EQ(record->annotations, Full().annotations);
  EXPECT_EQ(RecordJson(*record), json);  // and so does every other member
}

TEST(Record, TellsWhoseThePidNamespaceIs) {
  Record record = Full();
  EXPECT_FALSE(ParseRecord(RecordJson(record), "state.json")->own_pid_namespace);
  record.own_pid_namespace = true;
  EXPECT_TRUE(ParseRecord(RecordJson(record), "state.json")->own_pid_namespace);
}

// One that was written before it had the member is read as its namespaces tell.
TEST(Record, AnOldOneTellsItToo) {
  const auto read = [](const Record& record) {
    std::string json = RecordJson(record);
    const std::string member = "\"ownPidNamespace\":false,";
    const size_t at = json.find(member);
    EXPECT_NE(at, std::string::npos) << json;
    json.erase(at, member.size());
    return ParseRecord(json, "state.json")->own_pid_namespace;
  };
  Record record = Full();
  EXPECT_TRUE(read(record));
  record.joined.push_back({.type = NamespaceType::kPid, .path = "/proc/1/ns/pid"});
  EXPECT_FALSE(read(record));
  record.joined.clear();
  record.namespaces = {NamespaceType::kMount};
  EXPECT_FALSE(read(record));
}

TEST(Record, IsOneLine) {
  EXPECT_EQ(RecordJson(Full()).find('\n'), std::string::npos);
}

TEST(Record, DamagedOnesAreRefused) {
  EXPECT_EQ(ParseRecord("{}", "/run/tare/web/state.json").status().message(),
            "/run/tare/web/state.json: /id: is required");
  const std::string json = RecordJson(Full());
  for (size_t length : {size_t{0}, json.size() / 2, json.size() - 1}) {
    EXPECT_FALSE(ParseRecord(json.substr(0, length), "state.json").ok()) << length;
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
}  // namespace tare::spec
