// The pseudo-terminal of a container: made in its own devpts, handed to the program as its controlling
// terminal.
#pragma once

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config.h"

namespace tare::terminal {

struct Pty {
  kernel::Fd master;
  kernel::Fd slave;
};

// Opens /dev/pts/ptmx below `root`, verified to be the multiplexer of a devpts (an image could put anything
// there), and its slave without a path (TIOCGPTPEER; CVE-2025-52565).
StatusOr<Pty> OpenPty(int root);

Status SetSize(int terminal, const spec::ConsoleSize& size);

// Gives `master` the size of our own terminal, if standard input is one.
void TakeOurSize(int master);

// For a master that Relay will copy from, before the program looks: our size, and no ONLCR (termios(3)), so
// that a pipe gets the program's "\n" and not "\r\n". Our own terminal adds what it needs.
Status PrepareForRelay(int master);

// For the leader of a new session: TIOCSCTTY, and standard input, output and error on `slave`, which becomes
// `owner`'s.
Status MakeControlling(int slave, uid_t owner);

// Sends the master to the program that listens at the socket `path` (docs of runc's --console-socket: one
// message, a name and one descriptor).
Status SendMaster(const std::string& path, int master);

}  // namespace tare::terminal
