#include "rootfs/mount_actions.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>

#include "absl/strings/str_format.h"
#include "kernel/file.h"
#include "kernel/resolve.h"
#include "rootfs/copy_up.h"
#include "rootfs/mount_flags.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;

constexpr uint64_t kOfFilesystem = MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_I_VERSION | kLazytime;

struct FlagName {
  uint64_t flag;
  const char* name;
};
// See vfs_parse_sb_flag() in the kernel's fs/fs_context.c. There is no name for MS_SILENT, which only
// suppresses messages in the kernel's log.
constexpr FlagName kSuperblockFlags[] = {
    {MS_SYNCHRONOUS, "sync"}, {MS_DIRSYNC, "dirsync"}, {MS_MANDLOCK, "mand"}, {kLazytime, "lazytime"}};

Status SetSuperblockFlags(kernel::FilesystemContext& fs, const MountOptions& options) {
  for (const FlagName& flag : kSuperblockFlags)
    if ((options.flags & flag.flag) != 0) TARE_RETURN_IF_ERROR(fs.SetFlag(flag.name));
  // Only some filesystems have inode versions, but the others accepted the option in mount(2).
  if ((options.flags & MS_I_VERSION) != 0) {
    Status status = fs.SetFlag("iversion");
    if (ErrnoOf(status) != EINVAL) return status;
  }
  return absl::OkStatus();
}

// fsconfig(2) accepts values of at most 255 bytes. A list of many layers is longer, so the layers are set one
// by one, which overlayfs supports since Linux 6.8.
constexpr size_t kLongestValue = 255;

Status SetLowerDirs(kernel::FilesystemContext& fs, const std::string& value) {
  for (const Layer& layer : SplitLowerDirs(value)) TARE_RETURN_IF_ERROR(fs.SetString(layer.key, layer.path));
  return absl::OkStatus();
}

Status SetData(kernel::FilesystemContext& fs, const std::vector<std::string>& data) {
  for (const std::string& option : data) {
    const auto [key, value] = SplitDataOption(option);
    if (key == "lowerdir" && value.size() > kLongestValue) {
      TARE_RETURN_IF_ERROR(SetLowerDirs(fs, value));
      continue;
    }
    TARE_RETURN_IF_ERROR(option.find('=') == std::string::npos ? fs.SetFlag(key) : fs.SetString(key, value));
  }
  return absl::OkStatus();
}

// A detached mount of a new filesystem instance. For proc, sysfs, mqueue and cgroup, there is only one
// instance for each namespace. So there, read-only is set for the mount and not for the instance, which a
// later mount would share.
StatusOr<Fd> NewMount(const MountStep& step, const std::vector<std::string>& data) {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open(step.type));
  if (!step.source.empty()) TARE_RETURN_IF_ERROR(fs.SetString("source", step.source));
  TARE_RETURN_IF_ERROR(SetSuperblockFlags(fs, step.options));
  TARE_RETURN_IF_ERROR(SetData(fs, data));
  if (step.kind == MountKind::kFilesystem && (step.options.flags & MS_RDONLY) != 0)
    TARE_RETURN_IF_ERROR(fs.SetFlag("ro"));
  return fs.Mount(AttributesOf(step.options.flags));
}

Status AttachAndShare(int mount, int target, const MountOptions& options, const MountContext& context) {
  TARE_RETURN_IF_ERROR(kernel::AttachMount(mount, target));
  if (context.attached != nullptr) {
    TARE_ASSIGN_OR_RETURN(Fd own, kernel::Duplicate(mount));
    context.attached->push_back(std::move(own));
  }
  if (options.recursive_attributes.set != 0 || options.recursive_attributes.clear != 0)
    TARE_RETURN_IF_ERROR(
        kernel::ChangeMount(mount, options.recursive_attributes, kernel::Recursion::kAllBelow));
  return ApplyPropagation(mount, options);
}

Status MountProc(const MountStep& step, const MountContext& context) {
  TARE_ASSIGN_OR_RETURN(Fd target, OpenTargetWithoutLinks(context.root, step.destination, step.type));
  StatusOr<Fd> mount = NewMount(step, step.options.data);
  if (ErrnoOf(mount.status()) == EPERM)
    return Annotate(mount.status(),
                    "in a user namespace, procfs requires a new pid namespace, and nothing may be mounted ",
                    "over part of the runtime's own /proc");
  TARE_RETURN_IF_ERROR(mount.status());
  TARE_RETURN_IF_ERROR(CheckTarget(context.root, target.get(), mount->get()));
  return AttachAndShare(mount->get(), target.get(), step.options, context);
}

// A user namespace that shares the runtime's network namespace is not allowed to mount sysfs. Then the
// runtime's /sys is bind mounted with everything below it, all with the given options: otherwise there would
// be a writable cgroup2 below a read-only /sys (CVE-2023-25809).
StatusOr<Fd> SysfsOrBind(const MountStep& step) {
  StatusOr<Fd> mount = NewMount(step, step.options.data);
  if (mount.ok() || ErrnoOf(mount.status()) != EPERM) return mount;
  StatusOr<Fd> bind = kernel::CloneMount(AT_FDCWD, "/sys", kernel::Recursion::kAllBelow,
                                         kernel::Peering::kSlave, AttributesOf(step.options.flags));
  return bind.ok() ? std::move(bind) : std::move(mount);
}

Status MountSysfs(const MountStep& step, const MountContext& context) {
  TARE_ASSIGN_OR_RETURN(Fd target, OpenTargetWithoutLinks(context.root, step.destination, step.type));
  TARE_ASSIGN_OR_RETURN(Fd mount, SysfsOrBind(step));
  TARE_RETURN_IF_ERROR(CheckTarget(context.root, target.get(), mount.get()));
  return AttachAndShare(mount.get(), target.get(), step.options, context);
}

std::vector<std::string> Labelled(std::vector<std::string> data, const MountContext& context) {
  if (!context.mount_label.empty())
    data.push_back(absl::StrCat(context.mount_context, "=", context.mount_label));
  return data;
}

bool HasMode(const std::vector<std::string>& data) {
  for (const std::string& option : data)
    if (SplitDataOption(option).first == "mode") return true;
  return false;
}

Status MountTmpfs(const MountStep& step, const MountContext& context) {
  std::vector<std::string> data = Labelled(step.options.data, context);
  const bool covers = !HasMode(data) && kernel::OpenInRoot(context.root.fd, step.destination, O_PATH).ok();
  TARE_ASSIGN_OR_RETURN(Fd target, OpenTarget(context.root, step.destination, TargetKind::kDirectory));
  if (covers) {
    // A tmpfs gets the mode of the directory that it covers, as in runc: /run keeps 755.
    TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(target.get()));
    data.push_back(absl::StrFormat("mode=%04o", st.st_mode & 07777));
  }
  TARE_ASSIGN_OR_RETURN(Fd mount, NewMount(step, data));
  TARE_RETURN_IF_ERROR(CheckTarget(context.root, target.get(), mount.get()));
  if (step.options.copy_up) TARE_RETURN_IF_ERROR(CopyUp(target.get(), mount.get()), "tmpcopyup");
  TARE_RETURN_IF_ERROR(AttachAndShare(mount.get(), target.get(), step.options, context));
  if (step.read_only_later) context.make_read_only_later(std::move(mount));
  return absl::OkStatus();
}

// mqueue does not accept "context", because the instance of the namespace exists before it is mounted. So the
// label is set on its directory.
Status LabelDirectory(int mount, const std::string& label) {
  TARE_ASSIGN_OR_RETURN(Fd directory, kernel::OpenAt(mount, ".", O_RDONLY | O_DIRECTORY));
  if (fsetxattr(directory.get(), "security.selinux", label.c_str(), label.size() + 1, 0) != 0)
    return ErrnoError(errno, absl::StrCat("fsetxattr(security.selinux, ", label, ")"));
  return absl::OkStatus();
}

Status MountFilesystem(const MountStep& step, const MountContext& context) {
  TARE_ASSIGN_OR_RETURN(Fd target, OpenTarget(context.root, step.destination, TargetKind::kDirectory));
  const bool labelled = step.kind == MountKind::kFilesystem;
  TARE_ASSIGN_OR_RETURN(Fd mount,
                        NewMount(step, labelled ? Labelled(step.options.data, context) : step.options.data));
  if (step.kind == MountKind::kMqueue && !context.mount_label.empty())
    TARE_RETURN_IF_ERROR(LabelDirectory(mount.get(), context.mount_label));
  TARE_RETURN_IF_ERROR(CheckTarget(context.root, target.get(), mount.get()));
  TARE_RETURN_IF_ERROR(AttachAndShare(mount.get(), target.get(), step.options, context));
  if (step.read_only_later) context.make_read_only_later(std::move(mount));
  return absl::OkStatus();
}

// True for a bind with "copy-symlink" whose source is a link: the link is copied, and nothing is mounted.
bool CopiesLink(const MountStep& step) {
  struct stat st {};
  return step.options.copy_symlink && lstat(step.source.c_str(), &st) == 0 && S_ISLNK(st.st_mode);
}

Status MountBind(const MountStep& step, const MountContext& context) {
  if (CopiesLink(step)) {
    TARE_ASSIGN_OR_RETURN(const std::string content, kernel::ReadLinkAt(AT_FDCWD, step.source));
    return MakeLink(context.root, step.destination, content);
  }
  TARE_ASSIGN_OR_RETURN(const BindSource opened, context.open_source(step));
  const Fd& source = opened.mount;
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(source.get()));
  TARE_ASSIGN_OR_RETURN(Fd target,
                        OpenTarget(context.root, step.destination,
                                   S_ISDIR(st.st_mode) ? TargetKind::kDirectory : TargetKind::kFile,
                                   step.options.destination_link));
  TARE_ASSIGN_OR_RETURN(struct stat target_st, kernel::Stat(target.get()));
  if (S_ISDIR(target_st.st_mode) != S_ISDIR(st.st_mode))
    return ErrnoError(ENOTDIR, absl::StrCat("binding ", step.source));
  TARE_RETURN_IF_ERROR(CheckTarget(context.root, target.get(), source.get()));
  if (ChangesFlags(step.options)) TARE_RETURN_IF_ERROR(SetFlags(source.get(), step.options, opened.locked));
  return AttachAndShare(source.get(), target.get(), step.options, context);
}

Status Remount(const MountStep& step, const MountContext& context) {
  TARE_ASSIGN_OR_RETURN(Fd target, kernel::OpenInRoot(context.root.fd, step.destination, O_PATH));
  TARE_RETURN_IF_ERROR(CheckNotInsideProc(context.root, target.get()));
  if (!step.options.bind && (!step.options.data.empty() || (step.options.flags & kOfFilesystem) != 0)) {
    TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Pick(target.get()));
    TARE_RETURN_IF_ERROR(SetSuperblockFlags(fs, step.options));
    TARE_RETURN_IF_ERROR(SetData(fs, step.options.data));
    TARE_RETURN_IF_ERROR(fs.Reconfigure());
  }
  TARE_RETURN_IF_ERROR(SetFlags(target.get(), step.options));
  return ApplyPropagation(target.get(), step.options);
}

Status MountCgroup(const MountStep& step, const MountContext& context) {
  TARE_ASSIGN_OR_RETURN(Fd target, OpenTarget(context.root, step.destination, TargetKind::kDirectory));
  TARE_RETURN_IF_ERROR(CheckTarget(context.root, target.get(), context.root.fd));
  if (step.type == "cgroup2" && !context.cgroups->unified) {
    // If there are v1 hierarchies, "cgroup" shows those, and cgroup2 is mounted like any other filesystem.
    TARE_ASSIGN_OR_RETURN(const Fd mount, NewMount(step, step.options.data));
    return AttachAndShare(mount.get(), target.get(), step.options, context);
  }
  return MountCgroups(target.get(), step, context);
}

}  // namespace

Status ApplyPropagation(int mount, const MountOptions& options) {
  for (const Propagation& propagation : options.propagation)
    TARE_RETURN_IF_ERROR(
        kernel::ChangeMount(mount, {.propagation = propagation.kind}, propagation.recursion));
  return absl::OkStatus();
}

Status CarryOut(const MountStep& step, const MountContext& context) {
  switch (step.kind) {
    case MountKind::kBind:
      return MountBind(step, context);
    case MountKind::kRemount:
      return Remount(step, context);
    case MountKind::kProc:
      return MountProc(step, context);
    case MountKind::kSysfs:
      return MountSysfs(step, context);
    case MountKind::kTmpfs:
      return MountTmpfs(step, context);
    case MountKind::kCgroup:
      return MountCgroup(step, context);
    case MountKind::kMqueue:
    case MountKind::kFilesystem:
      return MountFilesystem(step, context);
  }
  return absl::OkStatus();
}

}  // namespace tare::rootfs
