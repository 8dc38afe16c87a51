// The pseudo-terminal of a container: it is made in the container's own devpts and becomes the controlling
// terminal of the program.
#pragma once

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config.h"

namespace tare::terminal {

struct Pty {
  kernel::Fd master;
  kernel::Fd slave;
};

// Opens /dev/pts/ptmx below `root`, after verifying that it is the multiplexer of a devpts, because an image
// could put anything there. The slave is opened without a path (TIOCGPTPEER; CVE-2025-52565).
StatusOr<Pty> OpenPty(int root);

Status SetSize(int terminal, const spec::ConsoleSize& size);

// Gives `master` the size of our own terminal, if standard input is one.
void TakeOurSize(int master);

// For a master that Relay will copy from, before the program runs: gives it our size and turns off ONLCR
// (termios(3)), so that a pipe gets the "\n" of the program and not "\r\n". Our own terminal adds the "\r".
Status PrepareForRelay(int master);

// For the leader of a new session: makes `slave` its controlling terminal.
Status MakeControlling(int slave);

// Makes `slave` the standard input, output and error, and `owner` the owner of the terminal.
Status MakeStandardStreams(int slave, uid_t owner);

// Sends the master to the program that listens at the socket `path`, as runc does for --console-socket: one
// message with a name and one descriptor.
Status SendMaster(const std::string& path, int master);

}  // namespace tare::terminal
