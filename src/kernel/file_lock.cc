#include "kernel/file_lock.h"

#include <sys/file.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace tare::kernel {

Status LockFile(int fd, absl::string_view name) {
  while (flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) return ErrnoError(errno, absl::StrCat("flock(", name, ")"));
  return absl::OkStatus();
}

StatusOr<bool> TryToLockFile(int fd, absl::string_view name) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return ErrnoError(errno, absl::StrCat("flock(", name, ")"));
}

}  // namespace tare::kernel
