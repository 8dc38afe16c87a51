#include "cgroup/v2/delegate.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "kernel/file.h"

namespace tare::cgroup::v2 {
namespace {

constexpr gid_t kSameGroup = static_cast<gid_t>(-1);

// The list exists since Linux 4.15. The spec says which files to delegate without it.
std::vector<std::string> DelegatedFiles() {
  StatusOr<std::string> list = kernel::ReadFile("/sys/kernel/cgroup/delegate");
  if (!list.ok()) return {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
  return absl::StrSplit(*list, '\n', absl::SkipEmpty());
}

}  // namespace

Status DelegateDirectory(Directory& directory, uid_t owner) {
  TARE_ASSIGN_OR_RETURN(const int fd, directory.Descriptor());
  if (fchownat(fd, "", owner, kSameGroup, AT_EMPTY_PATH) != 0)
    return ErrnoError(errno, absl::StrCat("chown(", directory.path(), ")"));
  for (const std::string& file : DelegatedFiles()) {
    // Files of controllers that are not enabled do not exist.
    if (fchownat(fd, file.c_str(), owner, kSameGroup, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
      return ErrnoError(errno, absl::StrCat("chown(", directory.path(), "/", file, ")"));
  }
  return absl::OkStatus();
}

}  // namespace tare::cgroup::v2
