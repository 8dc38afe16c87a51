#include "cgroup/privilege.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/procfs.h"

namespace tare::cgroup {
namespace {

// The first user namespace maps all 2^32 - 1 ids to themselves (user_namespaces(7)).
bool IsFirstUserNamespace(absl::string_view uid_map) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(uid_map, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  uint64_t count = 0;
  return fields.size() == 3 && fields[0] == "0" && fields[1] == "0" && absl::SimpleAtoi(fields[2], &count) &&
         count == UINT32_MAX;
}

}  // namespace

bool IsDenied(const Status& status) {
  const int error = ErrnoOf(status);
  return error == EPERM || error == EACCES || error == EROFS;
}

bool IsRootless() {
  if (geteuid() != 0) return true;
  StatusOr<const kernel::Procfs*> procfs = kernel::Procfs::Get();
  if (!procfs.ok()) return false;
  StatusOr<std::string> uid_map = (*procfs)->Read("self/uid_map");
  return uid_map.ok() && !IsFirstUserNamespace(*uid_map);
}

Status NoCgroupError() {
  return absl::FailedPreconditionError(
      "the container has no cgroup: creating one was not permitted (delegate a cgroup to this user, with "
      "Delegate=yes in systemd), or --cgroup-manager=disabled was given");
}

}  // namespace tare::cgroup
