#include "line/output.h"

#include <unistd.h>

#include <cerrno>

#include "kernel/signals.h"
#include "kernel/wait.h"

namespace tare::line {

Status Print(absl::string_view text) {
  Status written = WriteAll(STDOUT_FILENO, text, "standard output");
  if (ErrnoOf(written) == EPIPE) kernel::DieOfBrokenPipe();
  return written;
}

Status WriteAll(int fd, absl::string_view text, absl::string_view name) {
  while (!text.empty()) {
    ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    // The caller may have made it non-blocking for its own use. Wait until more can be written.
    if (written < 0 && errno == EAGAIN) {
      TARE_RETURN_IF_ERROR(kernel::WaitFor(fd, POLLOUT, kernel::Deadline::Never()).status());
      continue;
    }
    if (written < 0) return ErrnoError(errno, absl::StrCat("write(", name, ")"));
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace tare::line
