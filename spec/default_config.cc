#include <algorithm>

#include "json/writer.h"
#include "spec/features.h"

namespace tare::spec {
namespace {

// The same as runc's default, because people compare them. Any difference is a bug.
constexpr char kDefaultConfig[] = R"({
  "ociVersion": "",
  "process": {
    "terminal": true,
    "user": {"uid": 0, "gid": 0},
    "args": ["sh"],
    "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
    "cwd": "/",
    "capabilities": {
      "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
      "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
      "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    },
    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
    "noNewPrivileges": true
  },
  "root": {"path": "rootfs", "readonly": true},
  "hostname": "runc",
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {
      "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
      "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]
    },
    {
      "destination": "/dev/pts", "type": "devpts", "source": "devpts",
      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
    },
    {
      "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
      "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]
    },
    {
      "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
      "options": ["nosuid", "noexec", "nodev"]
    },
    {
      "destination": "/sys", "type": "sysfs", "source": "sysfs",
      "options": ["nosuid", "noexec", "nodev", "ro"]
    },
    {
      "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
      "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]
    }
  ],
  "linux": {
    "resources": {"devices": [{"allow": false, "access": "rwm"}]},
    "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
    "maskedPaths": [
      "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"
    ],
    "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
  }
})";

// Runs in any root filesystem that has sh and sleep. It exits at once on SIGTERM, which a process with PID 1
// ignores without a trap.
constexpr char kWaitForSignal[] = "trap 'exit 0' TERM INT; sleep infinity & wait";

json::Output DefaultConfig(CgroupNamespace cgroup, Program program) {
  json::Output config = json::Output::parse(kDefaultConfig);
  config["ociVersion"] = std::string(kOciVersion);
  if (cgroup == CgroupNamespace::kNew) config["linux"]["namespaces"].push_back({{"type", "cgroup"}});
  if (program == Program::kWaits) {
    config["process"]["terminal"] = false;
    config["process"]["args"] = {"sh", "-c", kWaitForSignal};
  }
  return config;
}

json::Output Mapping(unsigned host_id) {
  return json::Output::array({{{"containerID", 0}, {"hostID", host_id}, {"size", 1}}});
}

template <typename Predicate>
void Erase(json::Output& list, Predicate matches) {
  list.erase(std::remove_if(list.begin(), list.end(), matches), list.end());
}

// Removes what is not possible without privileges. Mounting sysfs requires a new network namespace, which an
// unprivileged user could not connect to anything. "gid=5" (tty) is not among the mapped groups.
void ToRootlessMounts(json::Output& mounts) {
  for (json::Output& mount : mounts) {
    if (mount["destination"] == "/dev/pts")
      Erase(mount["options"], [](const json::Output& o) { return o == "gid=5"; });
    if (mount["destination"] != "/sys") continue;
    mount["type"] = "none";
    mount["source"] = "/sys";
    mount["options"] = {"rbind", "nosuid", "noexec", "nodev", "ro"};
  }
}

}  // namespace

std::string DefaultConfigDocument(CgroupNamespace cgroup, Program program) {
  return json::Indented(DefaultConfig(cgroup, program), 1, '\t');
}

std::string RootlessConfigDocument(unsigned uid, unsigned gid, CgroupNamespace cgroup, Program program) {
  json::Output config = DefaultConfig(cgroup, program);
  ToRootlessMounts(config["mounts"]);
  json::Output& platform = config["linux"];
  json::Output namespaces = platform["namespaces"];
  Erase(namespaces, [](const json::Output& ns) { return ns["type"] == "network"; });
  namespaces.push_back({{"type", "user"}});
  platform = {
      {"uidMappings", Mapping(uid)},
      {"gidMappings", Mapping(gid)},
      {"namespaces", namespaces},
      {"maskedPaths", platform["maskedPaths"]},
      {"readonlyPaths", platform["readonlyPaths"]},
  };
  return json::Indented(config, 1, '\t');
}

}  // namespace tare::spec
