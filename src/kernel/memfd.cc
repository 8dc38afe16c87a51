#include "kernel/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

namespace tare::kernel {
namespace {

constexpr unsigned kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

StatusOr<Fd> ExecutableMemfd(const char* name) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  // Before Linux 6.3, MFD_EXEC does not exist, and every memfd may be executed.
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return ErrnoError(errno, "memfd_create");
  return Fd(fd);
}

Status Seal(int memfd) {
  return fcntl(memfd, F_ADD_SEALS, kSeals) == 0 ? absl::OkStatus() : ErrnoError(errno, "fcntl(F_ADD_SEALS)");
}

bool IsSealed(int fd) {
  const int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (static_cast<unsigned>(seals) & kSeals) == kSeals;
}

}  // namespace tare::kernel
