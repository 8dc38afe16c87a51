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

// Whether the terminal becomes the controlling one at once, or by the last act (door::Act::takes_terminal).
enum class Controlling { kNow, kLater };

// Child: opens a terminal in the devpts below `root`, the container's root directory, sends the master to the
// parent (Console) and makes the slave its standard streams and its controlling terminal. With `mount` the
// slave is also mounted on /dev/console.
Status TakeTerminal(const spec::Process& process, int root, ConsoleMount mount, Channel& channel,
                    Controlling controlling);

}  // namespace tare::setup
