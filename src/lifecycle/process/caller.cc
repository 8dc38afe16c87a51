#include "lifecycle/process/caller.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "base/lines.h"
#include "kernel/file.h"
#include "kernel/socket.h"

namespace tare::lifecycle {
namespace {

int ListenFds() {
  const char* text = getenv("LISTEN_FDS");
  int count = 0;
  return text != nullptr && absl::SimpleAtoi(text, &count) && count > 0 ? count : 0;
}

Status WritePidFile(const std::string& path, pid_t pid) {
  const size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  TARE_ASSIGN_OR_RETURN(kernel::Fd dir, kernel::Open(directory, O_PATH | O_DIRECTORY), "--pid-file");
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return Annotate(kernel::ReplaceFile(dir.get(), name, absl::StrCat(pid), 0644), "--pid-file ", path);
}

Status SendPidfd(const std::string& path, int pidfd) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd socket, kernel::ConnectUnix(path, SOCK_STREAM), "--pidfd-socket");
  return Annotate(kernel::Send(socket.get(), "pidfd", {pidfd}), "--pidfd-socket ", path);
}

}  // namespace

Status CheckConsole(bool terminal, bool detaches, const std::string& console_socket) {
  if (terminal && detaches && console_socket.empty())
    return WithHint(InvalidError("cannot allocate tty if tare will detach without setting console socket"),
                    "set process.terminal to false in config.json, as \"tare spec --detached\" does, or use "
                    "--console-socket");
  if (!console_socket.empty() && !(terminal && detaches))
    return InvalidError("cannot use console socket if tare will not detach or allocate tty");
  return absl::OkStatus();
}

StatusOr<PassedFds> PassFds(int preserve_fds) {
  PassedFds passed;
  const int listen_fds = ListenFds();
  for (int i = 0; i < listen_fds + preserve_fds; ++i) {
    const int fd = 3 + i;
    if (fcntl(fd, F_GETFD) < 0)
      return InvalidError("please check that preserved-fd ", fd, " (of ", listen_fds + preserve_fds,
                          ") is open");
    // A caller may have opened it close-on-exec and passed it by number.
    if (fcntl(fd, F_SETFD, 0) != 0) return InvalidError("fcntl(F_SETFD, ", fd, ")");
  }
  passed.first_closed = 3 + listen_fds + preserve_fds;
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(passed.first_closed));
  if (listen_fds > 0) {
    // The program becomes pid 1 of its pid namespace, and is who the sockets are for.
    passed.env = {absl::StrCat("LISTEN_FDS=", listen_fds), "LISTEN_PID=1"};
    if (const char* names = getenv("LISTEN_FDNAMES"))
      passed.env.push_back(absl::StrCat("LISTEN_FDNAMES=", names));
  }
  return passed;
}

std::string ConfiguredCpus(const spec::Config& config) {
  const auto& resources = config.platform.resources;
  return resources ? resources->cpu.cpus.value_or("") : "";
}

Status AnnouncePid(const kernel::Child& child, const std::string& pid_file, const std::string& pidfd_socket) {
  if (!pidfd_socket.empty()) TARE_RETURN_IF_ERROR(SendPidfd(pidfd_socket, child.pidfd.get()));
  return pid_file.empty() ? absl::OkStatus() : WritePidFile(pid_file, child.pid);
}

}  // namespace tare::lifecycle
