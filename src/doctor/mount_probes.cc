// Mounts: made in a mount namespace of the probe's own, or attached nowhere.
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <vector>

#include "absl/strings/str_join.h"
#include "doctor/playground.h"
#include "doctor/probes.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/mountinfo.h"
#include "namespaces/id_map.h"
#include "terminal/pty.h"

namespace tare::doctor {
namespace {

using kernel::Fd;
using kernel::Peering;
using kernel::Recursion;

constexpr char kKernelCure[] =
    "use Linux 5.12 or newer; if tare runs in a container, that needs CAP_SYS_ADMIN and a seccomp profile "
    "that "
    "allows fsopen, fsconfig, fsmount, move_mount, open_tree and mount_setattr";

// A tmpfs over "/", for this process only.
StatusOr<Fd> MountOverRoot(const Patient& patient, uint64_t namespaces = 0) {
  TARE_RETURN_IF_ERROR(EnterPlayground(patient, namespaces | CLONE_NEWNS));
  TARE_ASSIGN_OR_RETURN(Fd mount, NewMount("tmpfs"));
  TARE_ASSIGN_OR_RETURN(const Fd root, kernel::Open("/", O_PATH | O_DIRECTORY));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(mount.get(), root.get()));
  return mount;
}

Status MakeDirectory(int dir, const char* name) {
  return mkdirat(dir, name, 0755) == 0 ? absl::OkStatus()
                                       : ErrnoError(errno, absl::StrCat("mkdir(", name, ")"));
}

StatusOr<Fd> NewDevpts() {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("devpts"));
  TARE_RETURN_IF_ERROR(fs.SetFlag("newinstance"));
  TARE_RETURN_IF_ERROR(fs.SetString("ptmxmode", "0666"));
  return fs.Mount(/*attributes=*/0);
}

Status OpenTerminal(const Patient& patient) {
  TARE_ASSIGN_OR_RETURN(const Fd root, MountOverRoot(patient));
  TARE_RETURN_IF_ERROR(MakeDirectory(root.get(), "dev"));
  TARE_RETURN_IF_ERROR(MakeDirectory(root.get(), "dev/pts"));
  TARE_ASSIGN_OR_RETURN(const Fd devpts, NewDevpts());
  TARE_RETURN_IF_ERROR(kernel::AttachMountIn(devpts.get(), root.get(), "dev/pts"));
  return terminal::OpenPty(root.get()).status();
}

// Of two lower layers: with an upper one, the kernel logs what the tmpfs below it lacks.
Status MountOverlay(const Patient& patient) {
  TARE_ASSIGN_OR_RETURN(const Fd root, MountOverRoot(patient));
  for (const char* name : {"top", "bottom"}) TARE_RETURN_IF_ERROR(MakeDirectory(root.get(), name));
  if (fchdir(root.get()) != 0) return ErrnoError(errno, "fchdir");
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("overlay"));
  TARE_RETURN_IF_ERROR(fs.SetString("lowerdir", "top:bottom"));
  return fs.Mount(/*attributes=*/0).status();
}

// Those that hold nobody's files.
bool HoldsFiles(absl::string_view type) {
  constexpr std::array<absl::string_view, 24> kOthers = {
      "autofs",   "binfmt_misc", "bpf",     "cgroup",     "cgroup2",    "configfs",   "debugfs",   "devpts",
      "devtmpfs", "efivarfs",    "fusectl", "fuse.lxcfs", "hugetlbfs",  "mqueue",     "nsfs",      "proc",
      "pstore",   "ramfs",       "resctrl", "rootfs",     "rpc_pipefs", "securityfs", "selinuxfs", "sysfs"};
  return type != "tracefs" && std::ranges::find(kOthers, type) == kOthers.end();
}

// The first mount point of each type of filesystem.
StatusOr<std::map<std::string, std::string>> PointsByType() {
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile("/proc/self/mountinfo"));
  std::map<std::string, std::string> points;
  for (const kernel::MountinfoEntry& entry : kernel::ParseMountinfo(text))
    if (HoldsFiles(entry.type)) points.emplace(std::string(entry.type), entry.point());
  return points;
}

Status Idmap(const std::string& point, int user_namespace) {
  TARE_ASSIGN_OR_RETURN(const Fd mount,
                        kernel::CloneMount(AT_FDCWD, point, Recursion::kThisMount, Peering::kPrivate));
  return kernel::ChangeMount(mount.get(), {.set = MOUNT_ATTR_IDMAP, .user_namespace = user_namespace},
                             Recursion::kThisMount);
}

struct ByType {
  std::vector<std::string> able;
  std::vector<std::string> unable;
};

StatusOr<ByType> IdmapEach() {
  TARE_ASSIGN_OR_RETURN(const auto points, PointsByType());
  TARE_ASSIGN_OR_RETURN(const Fd user_namespace,
                        namespaces::UserNamespaceWith({{0, 100'000, 65'536}}, {{0, 100'000, 65'536}}));
  ByType types;
  for (const auto& point : points)
    (Idmap(point.second, user_namespace.get()).ok() ? types.able : types.unable).push_back(point.first);
  return types;
}

}  // namespace

Finding MountApi(const Patient& patient) {
  return FindingOf(MountOverRoot(patient).status(), kKernelCure);
}

Finding MountSetattr(const Patient& patient) {
  const StatusOr<Fd> mount = MountOverRoot(patient);
  return FindingOf(mount.ok()
                       ? kernel::ChangeMount(mount->get(), {.set = MOUNT_ATTR_RDONLY}, Recursion::kAllBelow)
                       : mount.status(),
                   kKernelCure);
}

Finding PivotRoot(const Patient& patient) {
  const StatusOr<Fd> mount = MountOverRoot(patient);
  return FindingOf(mount.ok() ? kernel::PivotRoot(mount->get()) : mount.status(),
                   "if the root filesystem is an initramfs, use create --no-pivot");
}

Finding Procfs(const Patient& patient) {
  Status status = EnterPlayground(patient, CLONE_NEWNS | CLONE_NEWPID);
  if (status.ok()) status = InChild([] { return NewMount("proc").status(); });
  return FindingOf(status,
                   "in a user namespace, nothing may be mounted over a part of /proc: run the container that "
                   "tare runs in with an unmasked /proc (Docker: --security-opt systempaths=unconfined)");
}

// Without a network namespace of its own, as in a user's default container, /sys is bind mounted.
Finding Sysfs(const Patient& patient) {
  Status status = EnterPlayground(patient, CLONE_NEWNS | (patient.is_root ? CLONE_NEWNET : 0));
  if (status.ok())
    status = patient.is_root
                 ? NewMount("sysfs").status()
                 : kernel::CloneMount(AT_FDCWD, "/sys", Recursion::kAllBelow, Peering::kSlave).status();
  return FindingOf(status, "mount -t sysfs sysfs /sys, with nothing mounted over a part of it");
}

Finding Mqueue(const Patient& patient) {
  Status status = EnterPlayground(patient, CLONE_NEWNS | CLONE_NEWIPC);
  if (status.ok()) status = NewMount("mqueue").status();
  return FindingOf(status, "use a kernel with CONFIG_POSIX_MQUEUE, or remove /dev/mqueue from the mounts");
}

Finding PseudoTerminals(const Patient& patient) {
  return FindingOf(OpenTerminal(patient), "use a kernel with CONFIG_UNIX98_PTYS, and raise kernel.pty.max");
}

Finding Overlay(const Patient& patient) {
  return FindingOf(
      MountOverlay(patient),
      patient.is_root ? "modprobe overlay" : "modprobe overlay; use Linux 5.11 or newer, or fuse-overlayfs");
}

Finding IdmappedMounts(const Patient&) {
  const StatusOr<ByType> types = IdmapEach();
  if (!types.ok()) return FindingOf(types.status(), kKernelCure);
  const std::string able = absl::StrJoin(types->able, ", ");
  if (types->unable.empty()) return Ok(able);
  const std::string unable = absl::StrJoin(types->unable, ", ");
  constexpr char kCure[] =
      "keep volumes on ext4, xfs, btrfs or tmpfs (Linux 6.3), or change the owner of their files";
  if (able.empty()) return Missing(absl::StrCat("not on ", unable), kCure);
  return Limited(absl::StrCat("on ", able, "; not on ", unable), kCure);
}

}  // namespace tare::doctor
