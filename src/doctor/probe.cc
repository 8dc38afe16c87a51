#include "doctor/probe.h"

#include "doctor/probes.h"

namespace tare::doctor {
namespace {

constexpr char kKernel[] = "kernel";
constexpr char kNamespaces[] = "namespaces";
constexpr char kMounts[] = "mounts";
constexpr char kUsers[] = "users";
constexpr char kCgroups[] = "cgroups";
constexpr char kSecurity[] = "security";
constexpr char kServices[] = "services";

// clang-format off
constexpr Probe kProbes[] = {
    {kKernel, "clone3", "making a container's first process", Needed::kByAll, Clone3},
    {kKernel, "openat2", "opening files that an image cannot redirect", Needed::kByAll, Openat2},
    {kKernel, "pidfd_open", "knowing a process although numbers are used again", Needed::kByAll, PidfdOpen},
    {kKernel, "pidfd_send_signal", "kill, stop, delete", Needed::kByAll, PidfdSendSignal},
    {kKernel, "pidfd_getfd", "agents that answer seccomp notifications", Needed::kNo, PidfdGetfd},
    {kKernel, "close_range", "giving a container no descriptor by mistake", Needed::kByAll, CloseRange},
    {kKernel, "clone into a cgroup", "starting and exec on cgroup v2 without a move", Needed::kNo, CloneIntoCgroup},
    {kKernel, "executing a memfd", "starting without executing tare a second time", Needed::kNo, MemfdExecution},
    {kKernel, "userfaultfd", "restore --lazy-pages", Needed::kNo, Userfaultfd},
    {kKernel, "session keyring", "keys that the host and containers do not share", Needed::kNo, SessionKeyring},
    {kKernel, "rtnetlink", "linux.netDevices", Needed::kNo, Netlink},

    {kNamespaces, "user", "rootless containers, linux.uidMappings", Needed::kByUser, UserNamespace},
    {kNamespaces, "mount", "a root filesystem of its own", Needed::kByAll, MountNamespace},
    {kNamespaces, "pid", "processes of its own", Needed::kByAll, PidNamespace},
    {kNamespaces, "network", "network interfaces of its own", Needed::kByRoot, NetworkNamespace},
    {kNamespaces, "ipc", "System V IPC and message queues of its own", Needed::kByAll, IpcNamespace},
    {kNamespaces, "uts", "a hostname of its own", Needed::kByAll, UtsNamespace},
    {kNamespaces, "cgroup", "a view of its own cgroups only", Needed::kNo, CgroupNamespace},
    {kNamespaces, "time", "linux.timeOffsets", Needed::kNo, TimeNamespace},
    {kNamespaces, "loopback interface", "127.0.0.1 in a network namespace", Needed::kByRoot, Loopback},

    {kMounts, "new mount API", "every mount of a container", Needed::kByAll, MountApi},
    {kMounts, "mount_setattr", "read-only mounts and their propagation", Needed::kByAll, MountSetattr},
    {kMounts, "pivot_root", "leaving the host's root filesystem", Needed::kByAll, PivotRoot},
    {kMounts, "proc", "/proc", Needed::kByAll, Procfs},
    {kMounts, "sysfs", "/sys", Needed::kByAll, Sysfs},
    {kMounts, "mqueue", "/dev/mqueue", Needed::kByAll, Mqueue},
    {kMounts, "devpts", "/dev/pts, and terminals", Needed::kByAll, PseudoTerminals},
    {kMounts, "overlay", "engines that mount images in layers", Needed::kNo, Overlay},
    {kMounts, "idmapped mounts", "volumes in containers with a user namespace", Needed::kNo, IdmappedMounts, Who::kRoot},

    {kUsers, "user namespaces of users", "rootless containers", Needed::kNo, UserNamespaceForUsers, Who::kRoot},
    {kUsers, "newuidmap, newgidmap", "rootless containers with more than one user", Needed::kNo, MapTools},
    {kUsers, "subordinate IDs", "rootless containers with more than one user", Needed::kNo, SubordinateIds, Who::kUser},
    {kUsers, "mapping of many IDs", "rootless containers with more than one user", Needed::kNo, MapOfManyIds, Who::kUser},
    {kUsers, "XDG_RUNTIME_DIR", "a user's state directory, and the user's systemd", Needed::kNo, RuntimeDirectory, Who::kUser},
    {kUsers, "state directory", "records of containers", Needed::kByAll, StateDirectory},

    {kCgroups, "hierarchies", "limits, statistics, pause", Needed::kByRoot, CgroupLayout},
    {kCgroups, "controllers", "linux.resources", Needed::kNo, CgroupControllers},
    {kCgroups, "a new cgroup", "limits, statistics, pause", Needed::kByRoot, NewCgroup},
    {kCgroups, "cgroup.kill", "killing all processes of a container at once", Needed::kNo, CgroupKill},
    {kCgroups, "device rules", "linux.resources.devices", Needed::kByRoot, DeviceRules, Who::kRoot},

    {kSecurity, "seccomp filters", "linux.seccomp", Needed::kNo, SeccompFilter},
    {kSecurity, "seccomp actions", "the actions of linux.seccomp", Needed::kNo, SeccompActions},
    {kSecurity, "seccomp flags", "linux.seccomp.flags", Needed::kNo, SeccompFlags},
    {kSecurity, "AppArmor", "process.apparmorProfile", Needed::kNo, Apparmor},
    {kSecurity, "SELinux", "process.selinuxLabel, linux.mountLabel", Needed::kNo, Selinux},

    {kServices, "systemd", "--systemd-cgroup", Needed::kNo, SystemManager, Who::kAll, absl::Seconds(4)},
    {kServices, "the user's systemd", "--systemd-cgroup and limits without root", Needed::kNo, UserManager, Who::kUser, absl::Seconds(4)},
    {kServices, "CRIU", "checkpoint, restore", Needed::kNo, Criu, Who::kAll, absl::Seconds(20)},
    {kServices, "resctrl", "linux.intelRdt", Needed::kNo, Resctrl, Who::kRoot},
};
// clang-format on

}  // namespace

std::span<const Probe> Probes() {
  return kProbes;
}

bool IsFor(const Probe& probe, const Patient& patient) {
  return probe.who == Who::kAll || (probe.who == Who::kRoot) == patient.is_root;
}

bool IsNeeded(const Probe& probe, const Patient& patient) {
  return probe.needed == Needed::kByAll ||
         probe.needed == (patient.is_root ? Needed::kByRoot : Needed::kByUser);
}

}  // namespace tare::doctor
