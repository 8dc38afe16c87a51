// The terminal of a container's process: the child opens it, the parent gets its master.
#pragma once

#include <string>

#include "base/status.h"
#include "setup/channel.h"
#include "spec/config.h"

namespace tare::setup {

// Whether process.terminal, --detach and --console-socket agree: a terminal needs someone to take its master.
Status CheckConsole(bool terminal, bool detaches, const std::string& console_socket);

enum class ConsoleMount { kYes, kNo };

// Child: opens a terminal in the devpts below `root`, the container's root directory, sends the master to the
// parent (Console) and makes the slave its controlling terminal and standard streams. With `mount` the slave
// is also mounted on /dev/console.
Status TakeTerminal(const spec::Process& process, int root, ConsoleMount mount, Channel& channel);

}  // namespace tare::setup
