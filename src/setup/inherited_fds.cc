#include "setup/inherited_fds.h"

#include <fcntl.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "kernel/process.h"

namespace tare::setup {
namespace {

int ListenFds() {
  const char* text = getenv("LISTEN_FDS");
  int count = 0;
  return text != nullptr && absl::SimpleAtoi(text, &count) && count > 0 ? count : 0;
}

}  // namespace

StatusOr<InheritedFds> PassFds(int preserve_fds) {
  InheritedFds inherited;
  const int listen_fds = ListenFds();
  for (int i = 0; i < listen_fds + preserve_fds; ++i) {
    const int fd = 3 + i;
    // A descriptor of the caller is not close-on-exec, because it has survived the exec of the runtime. One
    // that is was opened by the runtime itself.
    const int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0)
      return InvalidError("please check that preserved-fd ", fd, " (of ", listen_fds + preserve_fds,
                          ") is open");
  }
  inherited.first_closed = 3 + listen_fds + preserve_fds;
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(inherited.first_closed));
  if (listen_fds > 0) {
    // The program becomes pid 1 of its pid namespace, and is who the sockets are for.
    inherited.env = {absl::StrCat("LISTEN_FDS=", listen_fds), "LISTEN_PID=1"};
    if (const char* names = getenv("LISTEN_FDNAMES"))
      inherited.env.push_back(absl::StrCat("LISTEN_FDNAMES=", names));
  }
  return inherited;
}

}  // namespace tare::setup
