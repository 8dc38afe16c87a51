// What create, run and exec agree on with their caller: the terminal, descriptors passed on, and how the pid
// of the new process is reported.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/process.h"
#include "spec/config.h"

namespace tare::lifecycle {

// A process that is left behind can have a terminal only if somebody takes its master (--console-socket), and
// there is nothing to take without both.
Status CheckConsole(bool terminal, bool detaches, const std::string& console_socket);

// LISTEN_FDS of our caller (sd_listen_fds(3)) and --preserve-fds: the descriptors from 3 on that the program
// gets, and the environment that announces them. All others are closed on exec from now on.
struct PassedFds {
  int first_closed = 3;
  std::vector<std::string> env;
};
StatusOr<PassedFds> PassFds(int preserve_fds);

// linux.resources.cpu.cpus, or "".
std::string ConfiguredCpus(const spec::Config& config);

// --pid-file (the number alone, the file replaced whole) and --pidfd-socket (one message with the pidfd);
// empty: none.
Status AnnouncePid(const kernel::Child& child, const std::string& pid_file, const std::string& pidfd_socket);

}  // namespace tare::lifecycle
