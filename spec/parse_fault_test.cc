// All values that the parsers must refuse, with the texts of the errors.
#include "absl/strings/str_replace.h"
#include "spec/fixture.h"
#include "spec/parse.h"

namespace tare::spec {
namespace {

struct Row {
  const char* pointer;  // of the property to set
  const char* value;
  const char* fault;  // the error after "config.json: "
};

std::string FaultOf(const Row& row) {
  const std::string json = SmallConfigWith(PatchAt(row.pointer, row.value));
  Status status = ParseConfig(json, "config.json").status();
  return status.ok() ? "no fault" : std::string(status.message());
}

void ExpectFaults(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(FaultOf(row), absl::StrCat("config.json: ", row.fault)) << row.pointer << " = " << row.value;
  }
}

TEST(Config, Faults) {
  ExpectFaults({
      {"/ociVersion", "1", "/ociVersion: must be a string, not 1"},
      {"/ociVersion", "\"1.0.\"", "/ociVersion: must be a semantic version (semver.org), not \"1.0.\""},
      {"/ociVersion", "\"0.1\"", "/ociVersion: must be a semantic version (semver.org), not \"0.1\""},
      {"/ociVersion", "\"2.0.0\"",
       "/ociVersion: version 2.0.0 of the runtime spec is not supported: use 1.x"},
      {"/ociVersion", "\"10.0.0\"",
       "/ociVersion: version 10.0.0 of the runtime spec is not supported: use 1.x"},
      {"/root", "null", "/root: is required"},
      {"/root", "{\"path\": null}", "/root/path: is required"},
      {"/root/path", "\"\"", "/root/path: must not be empty"},
      {"/root/readonly", "\"yes\"", "/root/readonly: must be true or false, not a string"},
      {"/hostname", "[]", "/hostname: must be a string, not an array"},
      {"/annotations", "[]", "/annotations: must be an object, not an array"},
      {"/annotations", "{\"a.b/c\": 1}", "/annotations/a.b~1c: must be a string, not 1"},
      {"/annotations", "{\"run.oci.keep_original_groups\": \"yes\"}",
       "/annotations/run.oci.keep_original_groups: must be \"1\" or \"0\", not \"yes\""},
      {"/annotations", "{\"run.oci.hooks.stderr\": \"\"}",
       "/annotations/run.oci.hooks.stderr: must not be empty"},
      {"/annotations", "{\"run.oci.mount_context_type\": \"nocontext\"}",
       "/annotations/run.oci.mount_context_type: unknown type of context \"nocontext\""},
      {"/linux", "true", "/linux: must be an object, not true"},
  });
}

TEST(Mounts, Faults) {
  ExpectFaults({
      {"/mounts", "{}", "/mounts: must be an array, not an object"},
      {"/mounts", "[null]", "/mounts/0: must not be null"},
      {"/mounts", "[{\"source\": \"/x\"}]", "/mounts/0/destination: is required"},
      {"/mounts", "[{\"destination\": \"\"}]", "/mounts/0/destination: must not be empty"},
      {"/mounts", "[{\"destination\": \"/\", \"options\": [\"ro\", 1]}]",
       "/mounts/0/options/1: must be a string, not 1"},
      {"/mounts", "[{\"destination\": \"/\", \"uidMappings\": [{\"containerID\": 0, \"hostID\": 0}]}]",
       "/mounts/0/uidMappings/0/size: is required"},
  });
}

TEST(Process, Faults) {
  ExpectFaults({
      {"/process/cwd", "null", "/process/cwd: is required"},
      {"/process/cwd", "\"tmp\"", "/process/cwd: must be an absolute path, not \"tmp\""},
      {"/process/terminal", "1", "/process/terminal: must be true or false, not 1"},
      {"/process/consoleSize", "{\"height\": -1, \"width\": 1}",
       "/process/consoleSize/height: must be an integer from 0 to 18446744073709551615, not -1"},
      {"/process/env", "\"A=B\"", "/process/env: must be an array, not a string"},
      {"/process/args", "[\"a\\u0000b\"]", "/process/args/0: must not contain a NUL character"},
      {"/process/capabilities/bounding", "[1]", "/process/capabilities/bounding/0: must be a string, not 1"},
      {"/process/oomScoreAdj", "1001",
       "/process/oomScoreAdj: must be an integer from -1000 to 1000, not 1001"},
      {"/process/user/uid", "-1", "/process/user/uid: must be an integer from 0 to 4294967294, not -1"},
      {"/process/user/gid", "4294967296",
       "/process/user/gid: must be an integer from 0 to 4294967294, not 4294967296"},
      {"/process/user/uid", "\"0\"",
       "/process/user/uid: must be an integer from 0 to 4294967294, not a string"},
      {"/process/user/additionalGids", "[0, 1.5]",
       "/process/user/additionalGids/1: must be an integer from 0 to 4294967294, not 1.5"},
      {"/process/execCPUAffinity", "{\"initial\": \"0-\"}",
       "/process/execCPUAffinity/initial: must be a list such as \"0-3,7\", not \"0-\""},
      {"/process/execCPUAffinity", "{\"final\": \"a\"}",
       "/process/execCPUAffinity/final: must be a list such as \"0-3,7\", not \"a\""},
  });
}

TEST(ProcessLimits, Faults) {
  ExpectFaults({
      {"/process/rlimits", "[{\"soft\": 1, \"hard\": 1}]", "/process/rlimits/0/type: is required"},
      {"/process/rlimits", "[{\"type\": \"RLIMIT_CPU\", \"hard\": 1}]",
       "/process/rlimits/0/soft: is required"},
      {"/process/rlimits", "[{\"type\": \"RLIMIT_CPU\", \"soft\": 1}]",
       "/process/rlimits/0/hard: is required"},
      {"/process/rlimits", "[{\"type\": \"RLIMIT_X\", \"soft\": 1, \"hard\": 1}]",
       "/process/rlimits/0/type: unknown rlimit type \"RLIMIT_X\""},
      {"/process/rlimits", "[{\"type\": \"rlimit_cpu\", \"soft\": 1, \"hard\": 1}]",
       "/process/rlimits/0/type: unknown rlimit type \"rlimit_cpu\""},
      {"/process/scheduler", "{}", "/process/scheduler/policy: is required"},
      {"/process/scheduler", "{\"policy\": \"SCHED_X\"}",
       "/process/scheduler/policy: unknown scheduler policy \"SCHED_X\""},
      {"/process/scheduler", "{\"policy\": \"SCHED_RR\", \"nice\": 20}",
       "/process/scheduler/nice: must be an integer from -20 to 19, not 20"},
      {"/process/scheduler", "{\"policy\": \"SCHED_RR\", \"flags\": [\"F\"]}",
       "/process/scheduler/flags/0: unknown scheduler flag \"F\""},
      {"/process/ioPriority", "{\"priority\": 1}", "/process/ioPriority/class: is required"},
      {"/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_X\", \"priority\": 0}",
       "/process/ioPriority/class: unknown I/O priority class \"IOPRIO_CLASS_X\""},
      {"/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 8}",
       "/process/ioPriority/priority: must be an integer from 0 to 7, not 8"},
  });
}

TEST(Hooks, Faults) {
  for (const char* kind :
       {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}) {
    const std::string at = absl::StrCat("/hooks/", kind);
    const std::string first = at + "/0";
    ExpectFaults({
        {at.c_str(), "[{}]", (first + "/path: is required").c_str()},
        {at.c_str(), "[{\"path\": \"a\"}]", (first + "/path: must be an absolute path, not \"a\"").c_str()},
        {at.c_str(), "[{\"path\": \"/a\", \"timeout\": 0}]",
         (first + "/timeout: must be an integer from 1 to 2147483647, not 0").c_str()},
        {at.c_str(), "[{\"path\": \"/a\", \"timeout\": -1}]",
         (first + "/timeout: must be an integer from 1 to 2147483647, not -1").c_str()},
    });
  }
}

TEST(Linux, Faults) {
  ExpectFaults({
      {"/linux/namespaces", "[{}]", "/linux/namespaces/0/type: is required"},
      {"/linux/namespaces", "[{\"type\": \"net\"}]",
       "/linux/namespaces/0/type: unknown namespace type \"net\""},
      {"/linux/namespaces", "[{\"type\": \"pid\", \"path\": \"ns\"}]",
       "/linux/namespaces/0/path: must be an absolute path, not \"ns\""},
      {"/linux/uidMappings", "[{\"containerID\": -1, \"hostID\": 0, \"size\": 1}]",
       "/linux/uidMappings/0/containerID: must be an integer from 0 to 4294967294, not -1"},
      {"/linux/gidMappings", "[{\"containerID\": 0, \"size\": 1}]",
       "/linux/gidMappings/0/hostID: is required"},
      {"/linux/timeOffsets", "{\"realtime\": {}}", "/linux/timeOffsets/realtime: unknown clock \"realtime\""},
      {"/linux/timeOffsets", "{\"boottime\": {\"nanosecs\": 1000000000}}",
       "/linux/timeOffsets/boottime/nanosecs: must be an integer from 0 to 999999999, not 1000000000"},
      {"/linux/devices", "[{\"path\": \"/dev/x\", \"major\": 1, \"minor\": 1}]",
       "/linux/devices/0/type: is required"},
      {"/linux/devices", "[{\"type\": \"d\", \"path\": \"/dev/x\", \"major\": 1, \"minor\": 1}]",
       "/linux/devices/0/type: unknown device type \"d\""},
      {"/linux/devices", "[{\"type\": \"c\", \"major\": 1, \"minor\": 1}]",
       "/linux/devices/0/path: is required"},
      {"/linux/devices", "[{\"type\": \"c\", \"path\": \"\", \"major\": 1, \"minor\": 1}]",
       "/linux/devices/0/path: must not be empty"},
      {"/linux/devices", "[{\"type\": \"c\", \"path\": \"/dev/x\", \"minor\": 1}]",
       "/linux/devices/0/major: is required"},
      {"/linux/devices", "[{\"type\": \"u\", \"path\": \"/dev/x\", \"major\": 1}]",
       "/linux/devices/0/minor: is required"},
      {"/linux/rootfsPropagation", "\"both\"",
       "/linux/rootfsPropagation: rootfsPropagation=both is not supported"},
      {"/linux/maskedPaths", "[\"/a\", \"b\"]", "/linux/maskedPaths/1: must be an absolute path, not \"b\""},
      {"/linux/readonlyPaths", "[\"\", \"b\"]",
       "/linux/readonlyPaths/1: must be an absolute path, not \"b\""},
      {"/linux/sysctl", "{\"net.x\": 1}", "/linux/sysctl/net.x: must be a string, not 1"},
      {"/linux/personality", "{}", "/linux/personality/domain: is required"},
      {"/linux/personality", "{\"domain\": \"BSD\"}",
       "/linux/personality/domain: unknown personality domain \"BSD\""},
  });
}

TEST(LinuxPolicies, Faults) {
  ExpectFaults({
      {"/linux/intelRdt", "{\"memBwSchema\": \"L3:0=f\"}",
       "/linux/intelRdt/memBwSchema: must begin with \"MB:\""},
      {"/linux/intelRdt", "{\"memBwSchema\": \"MB:0=1\\nL3:0=f\"}",
       "/linux/intelRdt/memBwSchema: must not contain a newline"},
      {"/linux/intelRdt", "{\"schemata\": [\"L3:0=f\", \"a\\nb\"]}",
       "/linux/intelRdt/schemata/1: must not contain a newline"},
      {"/linux/intelRdt", "{\"closID\": \"a/b\"}",
       "/linux/intelRdt/closID: must be \"/\" or a plain name, not \"a/b\""},
      {"/linux/intelRdt", "{\"closID\": \"..\"}",
       "/linux/intelRdt/closID: must be \"/\" or a plain name, not \"..\""},
      {"/linux/memoryPolicy", "{\"nodes\": \"0\"}", "/linux/memoryPolicy: invalid memory policy mode \"\""},
      {"/linux/memoryPolicy", "{\"mode\": \"MPOL_X\"}",
       "/linux/memoryPolicy/mode: invalid memory policy mode \"MPOL_X\""},
      {"/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0,,1\"}",
       "/linux/memoryPolicy/nodes: invalid memory policy nodes \"0,,1\": must be a list such as \"0-3,7\""},
      {"/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"flags\": [\"MPOL_F_X\"]}",
       "/linux/memoryPolicy/flags/0: invalid memory policy flag \"MPOL_F_X\""},
  });
}

TEST(Resources, Faults) {
  ExpectFaults({
      {"/linux/resources/devices", "[{\"access\": \"rwm\"}]",
       "/linux/resources/devices/0/allow: is required"},
      {"/linux/resources/devices", "[{\"allow\": true, \"type\": \"p\"}]",
       "/linux/resources/devices/0/type: unknown device type \"p\""},
      {"/linux/resources/devices", "[{\"allow\": true, \"access\": \"x\"}]",
       "/linux/resources/devices/0/access: must consist of \"r\", \"w\" and \"m\", not \"x\""},
      {"/linux/resources/memory/limit", "-2",
       "/linux/resources/memory/limit: must be an integer from -1 to 9223372036854775807, not -2"},
      {"/linux/resources/memory/swappiness", "101",
       "/linux/resources/memory/swappiness: must be from 0 to 100, not 101"},
      {"/linux/resources/cpu/shares", "-1",
       "/linux/resources/cpu/shares: must be an integer from 0 to 18446744073709551615, not -1"},
      {"/linux/resources/cpu/cpus", "0", "/linux/resources/cpu/cpus: must be a string, not 0"},
      {"/linux/resources/blockIO/weight", "65536",
       "/linux/resources/blockIO/weight: must be an integer from 0 to 65535, not 65536"},
      {"/linux/resources/blockIO/weightDevice", "[{\"minor\": 0, \"weight\": 1}]",
       "/linux/resources/blockIO/weightDevice/0/major: is required"},
      {"/linux/resources/blockIO/weightDevice", "[{\"major\": 8, \"weight\": 1}]",
       "/linux/resources/blockIO/weightDevice/0/minor: is required"},
      {"/linux/resources/blockIO/weightDevice", "[{\"major\": 8, \"minor\": 0}]",
       "/linux/resources/blockIO/weightDevice/0: needs a weight or a leafWeight"},
      {"/linux/resources/blockIO/throttleReadBpsDevice", "[{\"major\": 8, \"minor\": 0}]",
       "/linux/resources/blockIO/throttleReadBpsDevice/0/rate: is required"},
      {"/linux/resources/blockIO/throttleWriteIOPSDevice", "[{\"minor\": 0, \"rate\": 1}]",
       "/linux/resources/blockIO/throttleWriteIOPSDevice/0/major: is required"},
      {"/linux/resources/hugepageLimits", "[{\"limit\": 1}]",
       "/linux/resources/hugepageLimits/0/pageSize: is required"},
      {"/linux/resources/hugepageLimits", "[{\"pageSize\": \"2MB\"}]",
       "/linux/resources/hugepageLimits/0/limit: is required"},
      {"/linux/resources/network", "{\"priorities\": [{\"priority\": 1}]}",
       "/linux/resources/network/priorities/0/name: is required"},
      {"/linux/resources/network", "{\"priorities\": [{\"name\": \"eth0\"}]}",
       "/linux/resources/network/priorities/0/priority: is required"},
      {"/linux/resources/pids/limit", "\"max\"",
       "/linux/resources/pids/limit: must be an integer from -9223372036854775808 to 9223372036854775807, "
       "not a "
       "string"},
      {"/linux/resources/rdma", "{\"mlx5_1\": {}}",
       "/linux/resources/rdma/mlx5_1: needs hcaHandles or hcaObjects"},
      {"/linux/resources/unified", "{\"memory.max\": 1}",
       "/linux/resources/unified/memory.max: must be a string, not 1"},
  });
}

TEST(Seccomp, Faults) {
  ExpectFaults({
      {"/linux/seccomp", "{\"syscalls\": [{}]}", "/linux/seccomp/defaultAction: is required"},
      {"/linux/seccomp", "{\"defaultAction\": \"ALLOW\"}",
       "/linux/seccomp/defaultAction: unknown seccomp action \"ALLOW\""},
      {"/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_LOG\", \"architectures\": [\"x86\"]}",
       "/linux/seccomp/architectures/0: unknown seccomp architecture \"x86\""},
      {"/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_LOG\", \"flags\": [\"X\"]}",
       "/linux/seccomp/flags/0: unknown seccomp flag \"X\""},
      {"/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_LOG\", \"listenerMetadata\": \"m\"}",
       "/linux/seccomp/listenerMetadata: needs a listenerPath"},
      {"/linux/seccomp",
       "{\"defaultAction\": \"SCMP_ACT_LOG\", \"syscalls\": [{\"action\": \"SCMP_ACT_LOG\"}]}",
       "/linux/seccomp/syscalls/0/names: is required"},
      {"/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_LOG\", \"syscalls\": [{\"names\": [\"read\"]}]}",
       "/linux/seccomp/syscalls/0/action: is required"},
  });
}

TEST(SeccompRules, Faults) {
  auto fault = [](const std::string& rest) {
    const std::string rule = R"({"names": ["read"], "action": "SCMP_ACT_ALLOW", )" + rest + "}";
    const std::string seccomp = R"({"defaultAction": "SCMP_ACT_LOG", "syscalls": [)" + rule + "]}";
    return FaultOf({"/linux/seccomp", seccomp.c_str(), ""});
  };
  const std::string at = "config.json: /linux/seccomp/syscalls/0/";
  EXPECT_EQ(fault(R"("args": [{"value": 1, "op": "SCMP_CMP_EQ"}])"), at + "args/0/index: is required");
  EXPECT_EQ(fault(R"("args": [{"index": 1, "op": "SCMP_CMP_EQ"}])"), at + "args/0/value: is required");
  EXPECT_EQ(fault(R"("args": [{"index": 1, "value": 1}])"), at + "args/0/op: is required");
  EXPECT_EQ(fault(R"("args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}])"),
            at + "args/0/index: must be an integer from 0 to 5, not 6");
  EXPECT_EQ(fault(R"("args": [{"index": 1, "value": 1, "op": "=="}])"),
            at + "args/0/op: unknown seccomp operator \"==\"");
}

// (uid_t)-1 means "no change" for setresuid(2) and chown(2).
TEST(Ids, EndBeforeTheOneThatIsNobody) {
  struct Place {
    const char* pointer;
    const char* value;  // $ stands for the ID
    const char* fault;
  };
  const Place places[] = {
      {"/process/user/uid", "$", "/process/user/uid"},
      {"/process/user/gid", "$", "/process/user/gid"},
      {"/process/user/additionalGids", "[0, $]", "/process/user/additionalGids/1"},
      {"/linux/devices", R"([{"type": "p", "path": "/dev/x", "uid": $}])", "/linux/devices/0/uid"},
      {"/linux/devices", R"([{"type": "p", "path": "/dev/x", "gid": $}])", "/linux/devices/0/gid"},
      {"/linux/uidMappings", R"([{"containerID": $, "hostID": 0, "size": 1}])",
       "/linux/uidMappings/0/containerID"},
      {"/linux/uidMappings", R"([{"containerID": 0, "hostID": $, "size": 1}])",
       "/linux/uidMappings/0/hostID"},
      {"/linux/gidMappings", R"([{"containerID": $, "hostID": 0, "size": 1}])",
       "/linux/gidMappings/0/containerID"},
      {"/linux/gidMappings", R"([{"containerID": 0, "hostID": $, "size": 1}])",
       "/linux/gidMappings/0/hostID"},
      {"/mounts", R"([{"destination": "/", "uidMappings": [{"containerID": 0, "hostID": $, "size": 1}]}])",
       "/mounts/0/uidMappings/0/hostID"},
      {"/mounts", R"([{"destination": "/", "gidMappings": [{"containerID": $, "hostID": 0, "size": 1}]}])",
       "/mounts/0/gidMappings/0/containerID"},
  };
  for (const Place& place : places) {
    const auto with = [&](absl::string_view id) { return absl::StrReplaceAll(place.value, {{"$", id}}); };
    const std::string last = with("4294967294"), none = with("4294967295");
    EXPECT_EQ(FaultOf({place.pointer, last.c_str(), ""}), "no fault") << place.fault;
    EXPECT_EQ(FaultOf({place.pointer, none.c_str(), ""}),
              absl::StrCat("config.json: ", place.fault,
                           ": must be an integer from 0 to 4294967294, not 4294967295"));
  }
}

TEST(Ids, RangesEndBeforeTheOneThatIsNobody) {
  const auto fault = [](const char* container_id, const char* host_id, const char* size) {
    return FaultOf({"/linux/uidMappings",
                    absl::StrCat(R"([{"containerID": )", container_id, R"(, "hostID": )", host_id,
                                 R"(, "size": )", size, "}]")
                        .c_str(),
                    ""});
  };
  const std::string at = "config.json: /linux/uidMappings/0/size: ";
  EXPECT_EQ(fault("0", "0", "4294967295"), "no fault");  // the map of the first user namespace
  EXPECT_EQ(fault("4294967294", "0", "1"), "no fault");
  EXPECT_EQ(fault("1", "0", "4294967295"),
            at + "a range of 4294967295 ids goes beyond the largest id, 4294967294");
  EXPECT_EQ(fault("0", "100000", "4294900000"),
            at + "a range of 4294900000 ids goes beyond the largest id, 4294967294");
  EXPECT_EQ(fault("0", "0", "0"), at + "must be an integer from 1 to 4294967295, not 0");
}

TEST(Documents, AreCalledByTheNameGiven) {
  EXPECT_EQ(ParseProcess("{}", "process.json").status().message(), "process.json: /cwd: is required");
  EXPECT_EQ(ParseResources("{\"pids\": 1}", "stdin").status().message(),
            "stdin: /pids: must be an object, not 1");
}

}  // namespace
}  // namespace tare::spec
