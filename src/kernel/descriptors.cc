#include "kernel/descriptors.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "kernel/file.h"

namespace tare::kernel {
namespace {

Status SetIoMode(int fd, int non_blocking) {
  if (ioctl(fd, FIONBIO, &non_blocking) != 0) return ErrnoError(errno, "ioctl(FIONBIO)");
  return absl::OkStatus();
}

}  // namespace

Status SetNonBlocking(int fd) {
  return SetIoMode(fd, 1);
}

Status SetBlocking(int fd) {
  return SetIoMode(fd, 0);
}

StatusOr<size_t> WriteNow(int fd, absl::string_view bytes) {
  size_t sum = 0;
  while (sum < bytes.size()) {
    const ssize_t taken = write(fd, bytes.data() + sum, bytes.size() - sum);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0 && errno == EAGAIN) break;
    if (taken < 0) return ErrnoError(errno, "write");
    sum += static_cast<size_t>(taken);
  }
  return sum;
}

Status SetStandardStreams(const std::array<int, 3>& fds) {
  Fd null;
  if (std::ranges::count(fds, -1) > 0) {
    TARE_ASSIGN_OR_RETURN(null, Open("/dev/null", O_RDWR));
  }
  for (int number = STDIN_FILENO; const int fd : fds)
    if (dup2(fd == -1 ? null.get() : fd, number++) < 0) return ErrnoError(errno, "dup2(standard stream)");
  return absl::OkStatus();
}

}  // namespace tare::kernel
