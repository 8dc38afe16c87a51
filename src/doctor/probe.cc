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
    {kKernel, "version", "every command", KernelVersion, Needed::kByAll},
    {kKernel, "clone3", "making a container's first process", Clone3, Needed::kByAll},
    {kKernel, "openat2", "opening files that an image cannot redirect", Openat2, Needed::kByAll},
    {kKernel, "pidfd_open", "knowing a process although numbers are used again", PidfdOpen, Needed::kByAll},
    {kKernel, "pidfd_send_signal", "kill, stop, delete", PidfdSendSignal, Needed::kByAll},
    {kKernel, "pidfd_getfd", "agents that answer seccomp notifications", PidfdGetfd, Needed::kNo},
    {kKernel, "close_range", "giving a container no descriptor by mistake", CloseRange, Needed::kByAll},
    {kKernel, "clone into a cgroup", "starting and exec on cgroup v2 without a move", CloneIntoCgroup, Needed::kNo},
    {kKernel, "executing a memfd", "starting without executing tare a second time", MemfdExecution, Needed::kNo},
    {kKernel, "userfaultfd", "restore --lazy-pages", Userfaultfd, Needed::kNo},
    {kKernel, "session keyring", "keys that the host and containers do not share", SessionKeyring, Needed::kNo},
    {kKernel, "rtnetlink", "linux.netDevices", Netlink, Needed::kNo},

    {kNamespaces, "user", "rootless containers, linux.uidMappings", UserNamespace, Needed::kByUser},
    {kNamespaces, "mount", "a root filesystem of its own", MountNamespace, Needed::kByAll},
    {kNamespaces, "pid", "processes of its own", PidNamespace, Needed::kByAll},
    {kNamespaces, "network", "network interfaces of its own", NetworkNamespace, Needed::kByRoot},
    {kNamespaces, "ipc", "System V IPC and message queues of its own", IpcNamespace, Needed::kByAll},
    {kNamespaces, "uts", "a hostname of its own", UtsNamespace, Needed::kByAll},
    {kNamespaces, "cgroup", "a view of its own cgroups only", CgroupNamespace, Needed::kNo},
    {kNamespaces, "time", "linux.timeOffsets", TimeNamespace, Needed::kNo},
    {kNamespaces, "loopback interface", "127.0.0.1 in a network namespace", Loopback, Needed::kByRoot},

    {kMounts, "new mount API", "every mount of a container", MountApi, Needed::kByAll},
    {kMounts, "mount_setattr", "read-only mounts and their propagation", MountSetattr, Needed::kByAll},
    {kMounts, "pivot_root", "leaving the host's root filesystem", PivotRoot, Needed::kByAll},
    {kMounts, "proc", "/proc", Procfs, Needed::kByAll},
    {kMounts, "sysfs", "/sys", Sysfs, Needed::kByAll},
    {kMounts, "mqueue", "/dev/mqueue", Mqueue, Needed::kByAll},
    {kMounts, "devpts", "/dev/pts, and terminals", PseudoTerminals, Needed::kByAll},
    {kMounts, "overlay", "engines that mount images in layers", Overlay, Needed::kNo},
    {kMounts, "idmapped mounts", "volumes in containers with a user namespace", IdmappedMounts, Needed::kNo, Who::kRoot},

    {kUsers, "user namespaces of users", "rootless containers", UserNamespaceForUsers, Needed::kNo, Who::kRoot},
    {kUsers, "newuidmap, newgidmap", "rootless containers with more than one user", MapTools, Needed::kNo},
    {kUsers, "subordinate IDs", "rootless containers with more than one user", SubordinateIds, Needed::kNo, Who::kUser},
    {kUsers, "mapping of many IDs", "rootless containers with more than one user", MapOfManyIds, Needed::kNo, Who::kUser},
    {kUsers, "XDG_RUNTIME_DIR", "a user's state directory, and the user's systemd", RuntimeDirectory, Needed::kNo, Who::kUser},
    {kUsers, "state directory", "records of containers", StateDirectory, Needed::kByAll},

    {kCgroups, "hierarchies", "limits, statistics, pause", CgroupLayout, Needed::kByRoot},
    {kCgroups, "controllers", "linux.resources", CgroupControllers, Needed::kNo},
    {kCgroups, "a new cgroup", "limits, statistics, pause", NewCgroup, Needed::kByRoot},
    {kCgroups, "cgroup.kill", "killing all processes of a container at once", CgroupKill, Needed::kNo},
    {kCgroups, "device rules", "linux.resources.devices", DeviceRules, Needed::kByRoot, Who::kRoot},

    {kSecurity, "seccomp filters", "linux.seccomp", SeccompFilter, Needed::kNo},
    {kSecurity, "seccomp actions", "the actions of linux.seccomp", SeccompActions, Needed::kNo},
    {kSecurity, "seccomp flags", "linux.seccomp.flags", SeccompFlags, Needed::kNo},
    {kSecurity, "AppArmor", "process.apparmorProfile", Apparmor, Needed::kNo},
    {kSecurity, "SELinux", "process.selinuxLabel, linux.mountLabel", Selinux, Needed::kNo},

    {kServices, "systemd", "--systemd-cgroup", SystemManager, Needed::kNo, Who::kAll, absl::Seconds(4)},
    {kServices, "the user's systemd", "--systemd-cgroup and limits without root", UserManager, Needed::kNo, Who::kUser, absl::Seconds(4)},
    {kServices, "CRIU", "checkpoint, restore", Criu, Needed::kNo, Who::kAll, absl::Seconds(20)},
    {kServices, "resctrl", "linux.intelRdt", Resctrl, Needed::kNo, Who::kRoot},
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
