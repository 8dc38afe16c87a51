#include "terminal/pty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/resolve.h"
#include "kernel/socket.h"

namespace tare::terminal {
namespace {

Status VerifyMultiplexer(int fd) {
  TARE_ASSIGN_OR_RETURN(const int64_t type, kernel::FilesystemType(fd));
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(fd));
  if (type == DEVPTS_SUPER_MAGIC && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2))
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      "/dev/pts/ptmx in the rootfs is not on a devpts file system (mount one at /dev/pts)");
}

}  // namespace

StatusOr<Pty> OpenPty(int root) {
  // It is verified before it is opened, because opening another device can have effects.
  TARE_ASSIGN_OR_RETURN(kernel::Fd ptmx, kernel::OpenInRoot(root, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW));
  TARE_RETURN_IF_ERROR(VerifyMultiplexer(ptmx.get()));
  Pty pty;
  TARE_ASSIGN_OR_RETURN(pty.master, kernel::Reopen(ptmx.get(), O_RDWR | O_NOCTTY));
  int locked = 0;
  if (ioctl(pty.master.get(), TIOCSPTLCK, &locked) != 0) return ErrnoError(errno, "ioctl(TIOCSPTLCK)");
  const int slave = ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return ErrnoError(errno, "ioctl(TIOCGPTPEER)");
  pty.slave = kernel::Fd(slave);
  return pty;
}

Status SetSize(int terminal, const spec::ConsoleSize& size) {
  const winsize window{.ws_row = size.height, .ws_col = size.width};
  if (ioctl(terminal, TIOCSWINSZ, &window) != 0) return ErrnoError(errno, "ioctl(TIOCSWINSZ)");
  return absl::OkStatus();
}

void TakeOurSize(int master) {
  winsize size{};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(master, TIOCSWINSZ, &size);
}

Status PrepareForRelay(int master) {
  TakeOurSize(master);
  termios modes{};
  if (tcgetattr(master, &modes) != 0) return ErrnoError(errno, "tcgetattr");
  modes.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  if (tcsetattr(master, TCSANOW, &modes) != 0) return ErrnoError(errno, "tcsetattr");
  return absl::OkStatus();
}

Status MakeControlling(int slave) {
  return ioctl(slave, TIOCSCTTY, 0) == 0 ? absl::OkStatus() : ErrnoError(errno, "ioctl(TIOCSCTTY)");
}

Status MakeStandardStreams(int slave, uid_t owner) {
  // EINVAL: the user namespace does not map the owner. EPERM: the devpts is not ours to change.
  if (fchown(slave, owner, static_cast<gid_t>(-1)) != 0 && errno != EPERM && errno != EINVAL)
    return ErrnoError(errno, "fchown(terminal)");
  return kernel::SetStandardStreams({slave, slave, slave});
}

Status SendMaster(const std::string& path, int master) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd socket, kernel::ConnectUnix(path, SOCK_STREAM), "--console-socket");
  return Annotate(kernel::Send(socket.get(), "/dev/ptmx", {master}), "--console-socket ", path);
}

}  // namespace tare::terminal
