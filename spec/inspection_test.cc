#include "spec/inspection.h"

#include "absl/strings/str_cat.h"
#include "spec/clauses.h"
#include "spec/fixture.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace tare::spec {
namespace {

using Lines = std::vector<std::string>;

std::string LineOf(const Finding& finding) {
  return absl::StrCat(finding.place.line, ":", finding.place.column, " ", finding.pointer, ": ",
                      finding.what);
}

Lines Findings(absl::string_view text, Severity severity) {
  Lines lines;
  for (const Finding& finding : Inspection(text).Findings())
    if (finding.severity() == severity) lines.push_back(LineOf(finding));
  return lines;
}

Lines Errors(const std::string& text) {
  return Findings(text, Severity::kError);
}
Lines Warnings(const std::string& text) {
  return Findings(text, Severity::kWarning);
}

constexpr char kManyFaults[] = R"({
  "ociVersion": "2.0.0",
  "root": {"readonly": 1},
  "mounts": [
    {"type": "bind", "source": "/a"},
    {"destination": "/b", "options": "ro"},
    {"destination": "/c", "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}
  ],
  "process": {
    "user": {"uid": -1, "gid": 0},
    "cwd": "tmp",
    "args": [],
    "env": ["A=1", "B", "=C"],
    "rlimits": [
      {"type": "RLIMIT_X", "soft": 1, "hard": 1},
      {"type": "RLIMIT_CPU", "soft": 2, "hard": 1}
    ],
    "oomScoreAdj": 2000,
    "scheduler": {"policy": "SCHED_OTHER", "priority": 5, "runtime": 3}
  },
  "hostname": "a",
  "domainname": "b",
  "hooks": {"prestart": [{"path": "x", "timeout": 0}]},
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "pid"}, {"type": "user"}],
    "netDevices": {"a b": {"name": "c d"}},
    "timeOffsets": {"boottime": {"secs": 1}},
    "sysctl": {"kernel.hostname": "x", "net.core.somaxconn": "1", "vm.swappiness": "1"},
    "resources": {
      "devices": [{"access": "x"}],
      "memory": {"limit": 10, "swap": 9},
      "cpu": {"quota": 1, "burst": 2},
      "hugepageLimits": [{"pageSize": "1", "limit": 1}, {"pageSize": "2", "limit": 1}],
      "unified": {"a/b": "1", "..": "2"}
    },
    "seccomp": {
      "defaultAction": "SCMP_ACT_NOTIFY",
      "syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}, {"names": ["read"], "action": "X"}]
    }
  }
})";

TEST(Inspection, EveryFaultOfAConfigIsFoundWithItsPlace) {
  const Lines expected = {
      "2:3 /ociVersion: version 2.0.0 of the runtime spec is not supported: use 1.x",
      "3:3 /root/path: is required",
      "3:12 /root/readonly: must be true or false, not 1",
      "5:5 /mounts/0/destination: is required",
      "6:27 /mounts/1/options: must be an array, not a string",
      "11:5 /process/cwd: must be an absolute path, not \"tmp\"",
      "15:8 /process/rlimits/0/type: unknown rlimit type \"RLIMIT_X\"",
      "18:5 /process/oomScoreAdj: must be an integer from -1000 to 1000, not 2000",
      "10:14 /process/user/uid: must be an integer from 0 to 4294967294, not -1",
      "23:27 /hooks/prestart/0/path: must be an absolute path, not \"x\"",
      "23:40 /hooks/prestart/0/timeout: must be an integer from 1 to 2147483647, not 0",
      "30:19 /linux/resources/devices/0/allow: is required",
      "30:20 /linux/resources/devices/0/access: must consist of \"r\", \"w\" and \"m\", not \"x\"",
      "38:91 /linux/seccomp/syscalls/1/action: unknown seccomp action \"X\"",
      "25:56 /linux/namespaces/2: the pid namespace is listed more than once",
      "24:3 /linux/uidMappings: a new user namespace needs mappings",
      "24:3 /linux/gidMappings: a new user namespace needs mappings",
      "21:3 /hostname: needs a uts namespace, new or joined",
      "22:3 /domainname: needs a uts namespace, new or joined",
      "27:5 /linux/timeOffsets: needs a new time namespace",
      "26:5 /linux/netDevices: needs a network namespace, new or joined",
      "26:20 /linux/netDevices: \"a b\" is not a valid network device name",
      "26:28 /linux/netDevices/a b/name: \"c d\" is not a valid network device name",
      "7:5 /mounts/2: needs both uidMappings and gidMappings, or neither",
      "12:5 /process/args: must not be empty",
      "13:20 /process/env/1: invalid environment variable: missing '='",
      "13:25 /process/env/2: invalid environment variable: name cannot be empty",
      "16:7 /process/rlimits/1: the soft limit 2 is above the hard limit 1",
      "19:44 /process/scheduler/priority: needs the policy SCHED_FIFO or SCHED_RR",
      "19:5 /process/scheduler: runtime, deadline and period need the policy SCHED_DEADLINE",
      "28:16 /linux/sysctl: sysctl \"kernel.hostname\": set the hostname property instead",
      "28:40 /linux/sysctl: sysctl \"net.core.somaxconn\" needs a network namespace",
      "28:67 /linux/sysctl: sysctl \"vm.swappiness\" is not in a separate kernel namespace",
      "31:31 /linux/resources/memory/swap: the limit of memory plus swap, 9, is less than the memory "
      "limit, 10",
      "32:27 /linux/resources/cpu/burst: 2 is more than the quota, 1",
      "33:27 /linux/resources/hugepageLimits/0/pageSize: must be a size such as \"2MB\", not \"1\"",
      "33:58 /linux/resources/hugepageLimits/1/pageSize: must be a size such as \"2MB\", not \"2\"",
      "34:31 /linux/resources/unified: \"..\" is not a valid cgroup file name",
      "34:19 /linux/resources/unified: \"a/b\" is not a valid cgroup file name",
      "37:7 /linux/seccomp/defaultAction: SCMP_ACT_NOTIFY cannot be used as default action",
      "38:41 /linux/seccomp/syscalls/0/action: SCMP_ACT_NOTIFY needs a listenerPath",
      "38:21 /linux/seccomp/syscalls/0/names: SCMP_ACT_NOTIFY cannot be used for the write syscall",
  };
  const Lines found = Errors(kManyFaults);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], expected[i]);
}

// One mistake is one fault: what depends on a value that could not be read is not judged.
TEST(Inspection, OneMistakeIsOneFault) {
  struct Row {
    const char* pointer;
    const char* value;
    const char* fault;
  };
  const Row rows[] = {
      {"/linux/namespaces", R"([{"type": "pid"}, {"type": "uts "}])",
       "/linux/namespaces/1/type: unknown namespace type \"uts \""},
      {"/linux/namespaces", "5", "/linux/namespaces: must be an array, not 5"},
      {"/linux", "[]", "/linux: must be an object, not an array"},
      {"/process", "\"sh\"", "/process: must be an object, not a string"},
      {"/process/args", "\"sh\"", "/process/args: must be an array, not a string"},
      {"/process/args", "[1]", "/process/args/0: must be a string, not 1"},
      {"/process/cwd", "7", "/process/cwd: must be a string, not 7"},
      {"/process/scheduler", R"({"policy": "X", "priority": 1})",
       "/process/scheduler/policy: unknown scheduler policy \"X\""},
      {"/process/rlimits",
       R"([{"type": "X", "soft": 1, "hard": 1}, {"type": "RLIMIT_CPU", "soft": 1, "hard": 1}])",
       "/process/rlimits/0/type: unknown rlimit type \"X\""},
      {"/process/env", "[\"A=\\u0000\"]", "/process/env/0: must not contain a NUL character"},
      {"/mounts",
       R"([{"destination": "/a", "uidMappings": 1, "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}])",
       "/mounts/0/uidMappings: must be an array, not 1"},
      {"/linux/memoryPolicy", R"({"mode": "X", "nodes": "0"})",
       "/linux/memoryPolicy/mode: invalid memory policy mode \"X\""},
      {"/linux/seccomp",
       R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": 1, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_NOTIFY"}]})",
       "/linux/seccomp/listenerPath: must be a string, not 1"},
      {"/linux/resources/rdma", R"({"a": 1})", "/linux/resources/rdma/a: must be an object, not 1"},
  };
  for (const Row& row : rows) {
    // Each needs a uts namespace, which some rows take away.
    const std::string text =
        Patched(SmallConfigWith(R"({"hostname": "a", "linux": {"sysctl": {"kernel.msgmax": "1"},
      "namespaces": [{"type": "uts"}, {"type": "ipc"}, {"type": "mount"}]}})"),
                PatchAt(row.pointer, row.value));
    Lines faults;
    for (const Finding& finding : Inspection(text).Findings())
      if (finding.severity() == Severity::kError)
        faults.push_back(absl::StrCat(finding.pointer, ": ", finding.what));
    EXPECT_EQ(faults, Lines{row.fault});
  }
}

// What `create` says about a config.
std::string FirstFault(const std::string& text) {
  const StatusOr<Config> config = ParseConfig(text, "config.json");
  const Status status = config.ok() ? Check(*config) : config.status();
  return status.ok() ? "" : std::string(status.message());
}

// Takes each value of a document away, or replaces it, and compares with parser and rules.
TEST(Inspection, TheFirstErrorIsTheOneOfCreate) {
  const nlohmann::json everything = nlohmann::json::parse(TestData("everything.json")).flatten();
  int broken = 0;
  for (const auto& [pointer, value] : everything.items()) {
    for (const char* other : {"-7", "\"\"", "[null]", "{\"x\": 1}", "\"a/../b \""}) {
      nlohmann::json document = nlohmann::json::parse(TestData("everything.json"));
      document[nlohmann::json::json_pointer(pointer)] = nlohmann::json::parse(other);
      const std::string text = document.dump(1);
      const Inspection inspection(text);
      const std::string first = FirstFault(text);
      EXPECT_EQ(inspection.has_faults(), !first.empty()) << pointer << " = " << other;
      if (first.empty()) continue;
      ++broken;
      const Finding finding = inspection.Findings().front();
      EXPECT_EQ(absl::StrCat("config.json: ", finding.pointer, ": ", finding.what), first);
      EXPECT_FALSE(finding.clause.empty()) << finding.pointer;
    }
  }
  EXPECT_GT(broken, 500);
}

TEST(Inspection, WhatIsIgnoredIsAWarning) {
  EXPECT_EQ(
      Warnings(SmallConfigWith(R"({"process": {"noNewPriviliges": true, "Terminal": true},
                                         "linux": {"secomp": {}, "x-y": 1, "seccomp": {"flags": 3}},
                                         "windows": {}})")),
      (Lines{
          "1:80 /linux/secomp: ignored: unknown property; did you mean \"seccomp\"?",
          "1:92 /linux/x-y: ignored: unknown property",
          "1:133 /process/Terminal: read as \"terminal\", the correct spelling",
          "1:173 /process/noNewPriviliges: ignored: unknown property; did you mean \"noNewPrivileges\"?",
          "1:247 /windows: ignored: it is for containers of another platform",
      }));
}

TEST(Inspection, ConfigsOfEnginesHaveNoFindings) {
  for (const char* name : {"docker.json", "kubernetes.json", "podman.json", "everything.json"}) {
    const std::string text = TestData(name);
    for (const Finding& finding : Inspection(text).Findings())
      ADD_FAILURE() << name << " " << LineOf(finding);
  }
}

TEST(Inspection, SyntaxErrors) {
  EXPECT_EQ(Errors("{\n \"a\": [1,]\n}").size(), 1u);
  const std::string text = "{\n \"a\": [1,]\n}";
  const Inspection inspection(text);
  EXPECT_FALSE(inspection.is_object());
  const std::vector<Finding> findings = inspection.Findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].place, (json::Place{.line = 2, .column = 10}));
  EXPECT_EQ(Errors("[]"), Lines{"1:1 : must be a JSON object"});
}

TEST(Clauses, EveryPropertyHasOne) {
  const nlohmann::json everything = nlohmann::json::parse(TestData("everything.json")).flatten();
  for (const auto& [pointer, value] : everything.items()) {
    EXPECT_FALSE(ClauseOf(pointer).empty()) << pointer;
    EXPECT_NE(ClauseOf(pointer), "config-linux.md") << pointer;
  }
}

TEST(Clauses, TheLongestPropertyCounts) {
  EXPECT_EQ(ClauseOf("/mounts/3/type"), "config.md, Mounts");
  EXPECT_EQ(ClauseOf("/mounts/3/gidMappings/0/size"), "config.md, POSIX-platform Mounts");
  EXPECT_EQ(ClauseOf("/linux/resources/memory/limit"), "config-linux.md, Memory");
  EXPECT_EQ(ClauseOf("/linux/resources"), "config-linux.md, Control groups");
  EXPECT_EQ(ClauseOf("/linux/none"), "config-linux.md");
  EXPECT_EQ(ClauseOf("/hostnames"), "");
  EXPECT_EQ(ClauseOf(""), "");
}

}  // namespace
}  // namespace tare::spec
