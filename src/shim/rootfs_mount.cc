#include "shim/rootfs_mount.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "rootfs/mount_flags.h"
#include "rootfs/mount_options.h"

namespace tare::shim {
namespace {

using kernel::Fd;

constexpr absl::string_view kLower = "lowerdir=";

size_t PageSize() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// For system calls that need a path.
std::string PathOf(const Fd& fd) {
  return absl::StrCat("/proc/self/fd/", fd.get());
}

// If the data is too long, changes the working directory and makes the paths relative to it.
StatusOr<std::string> DataOf(const messages::Mount& mount, std::vector<std::string> options) {
  std::string data = absl::StrJoin(options, ",");
  if (data.size() < PageSize()) return data;
  for (std::string& option : options) {
    absl::string_view lower = option;
    if (mount.type != "overlay" || !absl::ConsumePrefix(&lower, kLower)) continue;
    ShortLower shorter = Shorten(std::string(lower));
    if (shorter.directory.empty()) continue;
    if (chdir(shorter.directory.c_str()) != 0)
      return ErrnoError(errno, absl::StrCat("chdir(", shorter.directory, ")"));
    option = absl::StrCat(kLower, shorter.lower);
  }
  data = absl::StrJoin(options, ",");
  if (data.size() < PageSize()) return data;
  return InvalidError("the mount options are longer than a page: ", data.size(), " bytes");
}

std::string TargetOf(const messages::Mount& mount) {
  return mount.target.empty() ? "." : mount.target;
}

bool IsBind(const messages::Mount& mount, const rootfs::MountOptions& options) {
  return options.bind || mount.type == "bind";
}

Status MakeMount(const messages::Mount& mount, const rootfs::MountOptions& options, const std::string& on) {
  if (IsBind(mount, options)) {
    const unsigned long recursive = options.bind_recursion == kernel::Recursion::kAllBelow ? MS_REC : 0;
    if (::mount(mount.source.c_str(), on.c_str(), nullptr, MS_BIND | recursive, nullptr) != 0)
      return ErrnoError(errno, "mount(MS_BIND)");
    return absl::OkStatus();
  }
  TARE_ASSIGN_OR_RETURN(const std::string data, DataOf(mount, options.data));
  if (::mount(mount.source.c_str(), on.c_str(), mount.type.c_str(), options.flags, data.c_str()) != 0)
    return ErrnoError(errno, absl::StrCat("mount(", mount.type, ")"));
  return absl::OkStatus();
}

Status SetAttributes(const messages::Mount& mount, const rootfs::MountOptions& options, int rootfs) {
  // Opened again, to get what is mounted there now.
  TARE_ASSIGN_OR_RETURN(const Fd mounted,
                        kernel::OpenResolved(rootfs, TargetOf(mount), O_PATH, RESOLVE_IN_ROOT));
  if (IsBind(mount, options) && rootfs::ChangesFlags(options))
    TARE_RETURN_IF_ERROR(rootfs::SetFlags(mounted.get(), options));
  for (const rootfs::Propagation& propagation : options.propagation)
    TARE_RETURN_IF_ERROR(
        kernel::ChangeMount(mounted.get(), {.propagation = propagation.kind}, propagation.recursion));
  return absl::OkStatus();
}

Status MountOne(const messages::Mount& mount, const std::string& rootfs) {
  const rootfs::MountOptions options = rootfs::ParseMountOptions(mount.options);
  // Opened by path each time, because later mounts lie below the first one.
  TARE_ASSIGN_OR_RETURN(const Fd root, kernel::Open(rootfs, O_PATH | O_DIRECTORY));
  TARE_ASSIGN_OR_RETURN(const Fd on,
                        kernel::OpenResolved(root.get(), TargetOf(mount), O_PATH, RESOLVE_IN_ROOT));
  TARE_RETURN_IF_ERROR(MakeMount(mount, options, PathOf(on)));
  TARE_ASSIGN_OR_RETURN(const Fd mounted, kernel::Open(rootfs, O_PATH | O_DIRECTORY));
  return SetAttributes(mount, options, mounted.get());
}

}  // namespace

Status MountRootfs(const std::vector<messages::Mount>& mounts, const std::string& target) {
  for (size_t i = 0; i < mounts.size(); ++i) {
    Status mounted = MountOne(mounts[i], target);
    if (mounted.ok()) continue;
    UnmountRootfs(target).IgnoreError();
    return Annotate(std::move(mounted), "failed to mount rootfs component ", i, " (", mounts[i].type, " ",
                    mounts[i].source, ")");
  }
  return absl::OkStatus();
}

Status UnmountRootfs(const std::string& target) {
  while (umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  if (errno == EINVAL || errno == ENOENT) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat("umount2(", target, ")"));
}

ShortLower Shorten(const std::string& lower) {
  const std::vector<std::string> directories = absl::StrSplit(lower, ':');
  std::string common = directories[0].substr(0, directories[0].rfind('/') + 1);
  for (const std::string& directory : directories) {
    while (!common.empty() && !absl::StartsWith(directory, common)) {
      common.pop_back();
      common.resize(common.rfind('/') + 1);
    }
  }
  std::vector<absl::string_view> rests;
  for (absl::string_view directory : directories) rests.push_back(directory.substr(common.size()));
  return {.directory = common, .lower = absl::StrJoin(rests, ":")};
}

}  // namespace tare::shim
