#include "setup/console.h"

#include "base/lines.h"
#include "base/log.h"
#include "base/step.h"
#include "rootfs/devices.h"
#include "terminal/pty.h"

namespace tare::setup {

Status CheckConsole(bool terminal, bool detaches, const std::string& console_socket) {
  if (terminal && detaches && console_socket.empty())
    return WithHint(InvalidError("cannot allocate tty if tare will detach without setting console socket"),
                    "set process.terminal to false in config.json, as \"tare spec --detached\" does, or use "
                    "--console-socket");
  if (!console_socket.empty() && !(terminal && detaches))
    return InvalidError("cannot use console socket if tare will not detach or allocate tty");
  return absl::OkStatus();
}

Status TakeTerminal(const spec::Process& process, int root, ConsoleMount mount, Channel& channel,
                    Controlling controlling) {
  TARE_STEP("terminal: open it and make it the standard streams");
  TARE_ASSIGN_OR_RETURN(terminal::Pty pty, terminal::OpenPty(root));
  if (process.console_size) TARE_RETURN_IF_ERROR(terminal::SetSize(pty.master.get(), *process.console_size));
  if (mount == ConsoleMount::kYes) TARE_RETURN_IF_ERROR(rootfs::MountConsole(root, pty.slave.get()));
  TARE_RETURN_IF_ERROR(channel.Send(Tag::kConsole, "", {pty.master.get()}));
  log::KeepStderr();
  if (controlling == Controlling::kNow) TARE_RETURN_IF_ERROR(terminal::MakeControlling(pty.slave.get()));
  return terminal::MakeStandardStreams(pty.slave.get(), process.user.uid);
}

}  // namespace tare::setup
