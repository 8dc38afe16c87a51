#include "spec/rules.h"

#include "spec/fixture.h"
#include "spec/parse.h"

namespace tare::spec {
namespace {

// The result of Check() for the small config with `patch` applied.
std::string Verdict(const std::string& patch) {
  StatusOr<Config> config = ParseConfig(SmallConfigWith(patch), "config.json");
  EXPECT_TRUE(config.ok()) << config.status();
  if (!config.ok()) return "unreadable";
  Status status = Check(*config);
  return status.ok() ? "ok" : std::string(status.message());
}

struct Expected {
  const char* patch;
  const char* verdict;
};

void ExpectVerdicts(std::initializer_list<Expected> rows) {
  for (const Expected& row : rows) EXPECT_EQ(Verdict(row.patch), row.verdict) << row.patch;
}

TEST(Rules, NamespacesAreOfDifferentTypes) {
  ExpectVerdicts({
      {R"({"linux": {"namespaces": [{"type": "pid"}, {"type": "uts"}, {"type": "pid", "path": "/proc/1/ns/pid"}]}})",
       "config.json: /linux/namespaces/2: the pid namespace is listed more than once"},
      {R"({"linux": {"namespaces": [{"type": "time"}, {"type": "time"}]}})",
       "config.json: /linux/namespaces/1: the time namespace is listed more than once"},
      {R"({"linux": {"namespaces": []}})", "ok"},
  });
}

TEST(Rules, NamesOfTheHostNeedAUtsNamespace) {
  ExpectVerdicts({
      {R"({"hostname": "a"})", "config.json: /hostname: needs a uts namespace, new or joined"},
      {R"({"domainname": "a"})", "config.json: /domainname: needs a uts namespace, new or joined"},
      {R"({"hostname": "a", "domainname": "b", "linux": {"namespaces": [{"type": "uts"}]}})", "ok"},
      {R"({"hostname": "a", "linux": {"namespaces": [{"type": "uts", "path": "/proc/1/ns/uts"}]}})", "ok"},
      {R"({"hostname": ""})", "ok"},
  });
}

constexpr char kMapping[] = R"([{"containerID": 0, "hostID": 0, "size": 1}])";

TEST(Rules, MappingsAndUserNamespacesNeedEachOther) {
  auto verdict = [](const std::string& namespaces, const std::string& uids, const std::string& gids) {
    return Verdict(R"({"linux": {"namespaces": [)" + namespaces + R"(], "uidMappings": )" + uids +
                   R"(, "gidMappings": )" + gids + "}}");
  };
  const std::string user = R"({"type": "user"})", joined = R"({"type": "user", "path": "/proc/1/ns/user"})";
  EXPECT_EQ(verdict("", kMapping, "null"), "ok");
  EXPECT_EQ(verdict("", "[]", kMapping), "ok");
  EXPECT_EQ(verdict(user, "null", kMapping),
            "config.json: /linux/uidMappings: a new user namespace needs mappings");
  EXPECT_EQ(verdict(user, kMapping, "[]"),
            "config.json: /linux/gidMappings: a new user namespace needs mappings");
  EXPECT_EQ(verdict(user, kMapping, kMapping), "ok");
  EXPECT_EQ(verdict(joined, "null", "null"), "ok");
  EXPECT_EQ(verdict(joined, kMapping, kMapping), "ok");
}

TEST(Rules, MaskedAndReadonlyPathsNeedAMountNamespace) {
  ExpectVerdicts({
      {R"({"linux": {"namespaces": [], "maskedPaths": ["/proc/kcore"]}})",
       "config.json: /linux/maskedPaths: needs a mount namespace"},
      {R"({"linux": {"namespaces": [], "readonlyPaths": ["/proc/sys"]}})",
       "config.json: /linux/readonlyPaths: needs a mount namespace"},
      {R"({"linux": {"maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]}})", "ok"},
  });
}

TEST(Rules, TimeOffsetsNeedANewTimeNamespace) {
  ExpectVerdicts({
      {R"({"linux": {"timeOffsets": {"boottime": {"secs": 1}}}})",
       "config.json: /linux/timeOffsets: needs a new time namespace"},
      {R"({"linux": {"namespaces": [{"type": "time", "path": "/proc/1/ns/time"}],
                     "timeOffsets": {"boottime": {"secs": 1}}}})",
       "config.json: /linux/timeOffsets: needs a new time namespace"},
      {R"({"linux": {"namespaces": [{"type": "time"}], "timeOffsets": {"boottime": {"secs": 1}}}})", "ok"},
  });
}

TEST(Rules, NetDevicesNeedANetworkNamespaceAndNames) {
  auto verdict = [](const std::string& devices) {
    return Verdict(R"({"linux": {"namespaces": [{"type": "network"}], "netDevices": )" + devices + "}}");
  };
  EXPECT_EQ(Verdict(R"({"linux": {"netDevices": {"eth0": {}}}})"),
            "config.json: /linux/netDevices: needs a network namespace, new or joined");
  EXPECT_EQ(verdict(R"({"eth0": {}, "eth1": {"name": "in%d"}})"), "ok");
  const std::string fault = " is not a valid network device name";
  EXPECT_EQ(verdict(R"({"": {}})"), "config.json: /linux/netDevices: \"\"" + fault);
  EXPECT_EQ(verdict(R"({"..": {}})"), "config.json: /linux/netDevices: \"..\"" + fault);
  EXPECT_EQ(verdict(R"({"eth0": {"name": "a/b"}})"),
            "config.json: /linux/netDevices/eth0/name: \"a/b\"" + fault);
  EXPECT_EQ(verdict(R"({"eth0": {"name": "a b"}})"),
            "config.json: /linux/netDevices/eth0/name: \"a b\"" + fault);
  EXPECT_EQ(verdict(R"({"eth0": {"name": "eth0:1"}})"),
            "config.json: /linux/netDevices/eth0/name: \"eth0:1\"" + fault);
  EXPECT_EQ(verdict(R"({"sixteen-letters_": {}})"),
            "config.json: /linux/netDevices: \"sixteen-letters_\"" + fault);
  EXPECT_EQ(verdict(R"({"fifteen-letters": {}})"), "ok");
}

TEST(Rules, IdMappedMountsNeedMappings) {
  auto verdict = [](const std::string& mount, const std::string& more) {
    return Verdict(R"({"mounts": [{"destination": "/proc"}, {"destination": "/a", "source": "/b", )" + mount +
                   "}]" + more + "}");
  };
  const std::string map = kMapping;
  const std::string user = R"(, "linux": {"namespaces": [{"type": "user"}], "uidMappings": )" + map +
                           R"(, "gidMappings": )" + map + "}";
  const std::string half = "config.json: /mounts/1: needs both uidMappings and gidMappings, or neither";
  const std::string none =
      "config.json: /mounts/1: an idmap mount needs uidMappings and gidMappings, or a user namespace";
  EXPECT_EQ(verdict(R"("uidMappings": )" + map, ""), half);
  EXPECT_EQ(verdict(R"("gidMappings": )" + map, user), half);
  EXPECT_EQ(verdict(R"("uidMappings": )" + map + R"(, "gidMappings": )" + map, ""), "ok");
  EXPECT_EQ(verdict(R"("options": ["bind", "idmap"])", ""), none);
  EXPECT_EQ(verdict(R"("options": ["rbind", "ridmap"])", ""), none);
  EXPECT_EQ(verdict(R"("options": ["bind", "idmap"])", user), "ok");
}

TEST(Rules, SysctlsMustBelongToANamespaceOfTheContainer) {
  auto verdict = [](const std::string& key, const std::string& type) {
    const std::string full = Verdict(R"({"linux": {"namespaces": [{"type": ")" + type +
                                     R"("}], "sysctl": {")" + key + R"(": "1"}}})");
    const std::string start = "config.json: /linux/sysctl: ";
    return full.starts_with(start) ? full.substr(start.size()) : full;
  };
  EXPECT_EQ(verdict("net.core.somaxconn", "network"), "ok");
  EXPECT_EQ(verdict("net/ipv4/conf/eth0.100/forwarding", "network"), "ok");
  EXPECT_EQ(verdict("net.core.somaxconn", "pid"), "sysctl \"net.core.somaxconn\" needs a network namespace");
  for (const char* key :
       {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced", "fs.mqueue.msg_max", "fs/mqueue/msg_max"}) {
    EXPECT_EQ(verdict(key, "ipc"), "ok") << key;
    EXPECT_EQ(verdict(key, "pid"), absl::StrCat("sysctl \"", key, "\" needs an ipc namespace"));
  }
  EXPECT_EQ(verdict("kernel.domainname", "uts"), "ok");
  EXPECT_EQ(verdict("kernel.domainname", "pid"),
            "sysctl \"kernel.domainname\" is not in a separate kernel namespace");
  EXPECT_EQ(
      Verdict(R"({"domainname": "0", "linux": {"namespaces": [{"type": "uts"}],
                        "sysctl": {"kernel.domainname": "1"}}})"),
      "config.json: /linux/sysctl: sysctl \"kernel.domainname\" is not allowed as it conflicts with the OCI "
      "\"domainname\" field, \"0\"");
  EXPECT_EQ(verdict("kernel.hostname", "uts"),
            "sysctl \"kernel.hostname\": set the hostname property instead");
  EXPECT_EQ(verdict("kernel/hostname", "uts"),
            "sysctl \"kernel/hostname\": set the hostname property instead");
  EXPECT_EQ(verdict("vm.swappiness", "pid"),
            "sysctl \"vm.swappiness\" is not in a separate kernel namespace");
  EXPECT_EQ(verdict("netx.a", "network"), "sysctl \"netx.a\" is not in a separate kernel namespace");
}

TEST(Rules, SysctlsStayBelowTheirDirectory) {
  for (const char* key : {"net/../kernel/core_pattern", "net.//.kernel.core_pattern", "net..core", ".net",
                          "net.", "/net", "net/./core"}) {
    EXPECT_EQ(Verdict(absl::StrCat(R"({"linux": {"namespaces": [{"type": "network"}], "sysctl": {")", key,
                                   R"(": "1"}}})")),
              absl::StrCat("config.json: /linux/sysctl: \"", key, "\" is not a valid sysctl name"));
  }
}

TEST(Rules, ProcessNeedsArguments) {
  ExpectVerdicts({
      {R"({"process": {"args": []}})", "config.json: /process/args: must not be empty"},
      {R"({"process": {"args": null}})", "config.json: /process/args: must not be empty"},
      {R"({"process": null})", "ok"},
  });
}

TEST(Rules, RlimitsAreOfDifferentTypesAndInOrder) {
  ExpectVerdicts({
      {R"({"process": {"rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 2},
                                   {"type": "RLIMIT_AS", "soft": 1, "hard": 2},
                                   {"type": "RLIMIT_CPU", "soft": 1, "hard": 2}]}})",
       "config.json: /process/rlimits/2/type: this type is listed more than once"},
      {R"({"process": {"rlimits": [{"type": "RLIMIT_RTTIME", "soft": 3, "hard": 2}]}})",
       "config.json: /process/rlimits/0: the soft limit 3 is above the hard limit 2"},
      {R"({"process": {"rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": 18446744073709551615}]}})",
       "ok"},
  });
}

TEST(Rules, SchedulerValuesFitThePolicy) {
  ExpectVerdicts({
      {R"({"process": {"scheduler": {"policy": "SCHED_OTHER", "priority": 1}}})",
       "config.json: /process/scheduler/priority: needs the policy SCHED_FIFO or SCHED_RR"},
      {R"({"process": {"scheduler": {"policy": "SCHED_FIFO", "priority": 1}}})", "ok"},
      {R"({"process": {"scheduler": {"policy": "SCHED_RR", "priority": 1}}})", "ok"},
      {R"({"process": {"scheduler": {"policy": "SCHED_FIFO", "period": 1}}})",
       "config.json: /process/scheduler: runtime, deadline and period need the policy SCHED_DEADLINE"},
      {R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 1, "deadline": 2, "period": 3}}})",
       "ok"},
  });
}

TEST(Rules, ResourcesThatBindEachOther) {
  ExpectVerdicts({
      {R"({"linux": {"resources": {"cpu": {"quota": 10, "burst": 11}}}})",
       "config.json: /linux/resources/cpu/burst: 11 is more than the quota, 10"},
      {R"({"linux": {"resources": {"cpu": {"quota": 10, "burst": 10}}}})", "ok"},
      {R"({"linux": {"resources": {"cpu": {"quota": -1, "burst": 11}}}})", "ok"},
      {R"({"linux": {"resources": {"memory": {"limit": 10, "swap": 9}}}})",
       "config.json: /linux/resources/memory/swap: the limit of memory plus swap, 9, is less than the "
       "memory limit, 10"},
      {R"({"linux": {"resources": {"memory": {"limit": 10, "swap": -1}}}})", "ok"},
      {R"({"linux": {"resources": {"memory": {"limit": 10, "swap": 0}}}})", "ok"},
  });
}

TEST(Rules, NamesThatBecomeFileNamesStayInTheirDirectory) {
  for (const char* size : {"../x", "2M", "MB", "B", "2mb", "2MB/..", " 2MB", "2TB", "2MBB"}) {
    EXPECT_EQ(Verdict(absl::StrCat(R"({"linux": {"resources": {"hugepageLimits": [{"pageSize": ")", size,
                                   R"(", "limit": 0}]}}})")),
              absl::StrCat(
                  "config.json: /linux/resources/hugepageLimits/0/pageSize: must be a size such as \"2MB\", "
                  "not \"",
                  size, "\""));
  }
  for (const char* size : {"64KB", "2MB", "1GB", "16GB"}) {
    EXPECT_EQ(Verdict(absl::StrCat(R"({"linux": {"resources": {"hugepageLimits": [{"pageSize": ")", size,
                                   R"(", "limit": 0}]}}})")),
              "ok");
  }
  for (const char* file : {"", ".", "..", "a/b", "../cgroup.procs", "/x"}) {
    EXPECT_EQ(Verdict(absl::StrCat(R"({"linux": {"resources": {"unified": {")", file, R"(": "1"}}}})")),
              absl::StrCat("config.json: /linux/resources/unified: \"", file,
                           "\" is not a valid cgroup file name"));
  }
  EXPECT_EQ(Verdict(R"({"linux": {"resources": {"unified": {"hugetlb.1GB.max": "0"}}}})"), "ok");
}

TEST(Rules, NamesThatShareALineWithAValueAreWords) {
  ExpectVerdicts({
      {R"({"linux": {"resources": {"network": {"priorities": [{"name": "a 1\nb", "priority": 1}]}}}})",
       "config.json: /linux/resources/network/priorities/0/name: is not a valid network interface name"},
      {R"({"linux": {"resources": {"rdma": {"a b": {"hcaHandles": 1}}}}})",
       "config.json: /linux/resources/rdma: \"a b\" is not a valid device name"},
  });
}

TEST(Rules, MemoryPolicyNodesFitTheMode) {
  auto verdict = [](const std::string& rest) {
    return Verdict(R"({"linux": {"memoryPolicy": {"mode": )" + rest + "}}}");
  };
  const std::string at = "config.json: /linux/memoryPolicy/";
  EXPECT_EQ(verdict(R"("MPOL_DEFAULT", "nodes": "0")"),
            at + "nodes: MPOL_DEFAULT mode requires 0 nodes but got 1");
  EXPECT_EQ(verdict(R"("MPOL_LOCAL", "nodes": "0-7,9")"),
            at + "nodes: MPOL_LOCAL mode requires 0 nodes but got 9");
  for (const char* mode : {"BIND", "INTERLEAVE", "WEIGHTED_INTERLEAVE", "PREFERRED_MANY"}) {
    EXPECT_EQ(verdict(absl::StrCat("\"MPOL_", mode, "\"")), at + "nodes: this mode needs nodes");
    EXPECT_EQ(verdict(absl::StrCat("\"MPOL_", mode, R"(", "nodes": "0")")), "ok");
  }
  EXPECT_EQ(verdict(R"("MPOL_DEFAULT")"), "ok");
  EXPECT_EQ(verdict(R"("MPOL_LOCAL")"), "ok");
  EXPECT_EQ(verdict(R"("MPOL_PREFERRED")"), "ok");
  EXPECT_EQ(verdict(R"("MPOL_PREFERRED", "nodes": "1")"), "ok");
  EXPECT_EQ(
      verdict(R"("MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"])"),
      at + "flags: MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
}

TEST(Rules, SeccompNotificationsNeedAListenerThatCanBeReached) {
  auto verdict = [](const std::string& default_action, const std::string& names, const std::string& more) {
    return Verdict(R"({"linux": {"seccomp": {"defaultAction": ")" + default_action +
                   R"(", "syscalls": [{"names": [)" + names + R"(], "action": "SCMP_ACT_NOTIFY"}])" + more +
                   "}}}");
  };
  const std::string at = "config.json: /linux/seccomp/";
  const std::string listener = R"(, "listenerPath": "/run/agent.sock")";
  EXPECT_EQ(verdict("SCMP_ACT_NOTIFY", "\"mkdir\"", listener),
            at + "defaultAction: SCMP_ACT_NOTIFY cannot be used as default action");
  EXPECT_EQ(verdict("SCMP_ACT_ALLOW", "\"mkdir\"", ""),
            at + "syscalls/0/action: SCMP_ACT_NOTIFY needs a listenerPath");
  EXPECT_EQ(verdict("SCMP_ACT_ALLOW", "\"mkdir\", \"write\"", listener),
            at + "syscalls/0/names: SCMP_ACT_NOTIFY cannot be used for the write syscall");
  EXPECT_EQ(verdict("SCMP_ACT_ALLOW", "\"mkdir\"", listener), "ok");
}

TEST(Rules, OfALoneProcess) {
  EXPECT_EQ(Check(Process{.cwd = "/", .args = {"sh"}}), absl::OkStatus());
  EXPECT_EQ(Check(Process{.cwd = "/"}).message(), "process: /args: must not be empty");
  EXPECT_EQ(Check(Process{.cwd = "tmp", .args = {"sh"}}).message(),
            "process: /cwd: must be an absolute path, not \"tmp\"");
  EXPECT_EQ(Check(Process{.cwd = "/", .env = {"A="}, .args = {"sh"}}), absl::OkStatus());
  EXPECT_EQ(Check(Process{.cwd = "/", .env = {"A=", "B"}, .args = {"sh"}}).message(),
            "process: /env/1: invalid environment variable: missing '='");
  EXPECT_EQ(Check(Process{.cwd = "/", .env = {"=A"}, .args = {"sh"}}).message(),
            "process: /env/0: invalid environment variable: name cannot be empty");
}

TEST(Rules, OfLoneResources) {
  EXPECT_EQ(Check(Resources{}), absl::OkStatus());
  EXPECT_EQ(Check(Resources{.cpu = {.quota = 1, .burst = 2}}).message(),
            "resources: /cpu/burst: 2 is more than the quota, 1");
}

}  // namespace
}  // namespace tare::spec
