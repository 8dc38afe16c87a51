// probe: the program that the integration tests run inside a container to ask what it sees and what it may
// do, and outside of it to receive what a runtime sends over its sockets. `probe help` lists the commands.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <string>
#include <vector>

namespace probe {

using Arguments = std::vector<std::string>;

// One word of the command line; `run` returns the exit status. A fact takes no arguments, so that one call
// can ask for several.
struct Command {
  const char* name;
  const char* usage;
  int (*run)(const Arguments& arguments);
};

extern const std::vector<Command> kFacts;      // what do you see?
extern const std::vector<Command> kActions;    // do this
extern const std::vector<Command> kAttackers;  // play an attacker
extern const std::vector<Command> kReceivers;  // receive a descriptor and serve it
extern const std::vector<Command> kKeepers;    // keep something over a checkpoint
extern const std::vector<Command> kSyscalls;   // make this system call

// Prints "ok" and returns 0 if `result` is not negative, else the name of errno ("EPERM") and 1.
int Report(long result);

// The descriptor that the first peer of a new UNIX socket at `path` sends, and the bytes beside it.
struct Parcel {
  int fd = -1;
  std::string text;
};
Parcel Receive(const std::string& path);

// Where a UNIX socket is: a path, or an abstract name with "@" for its first byte, as in NOTIFY_SOCKET.
struct SocketAddress {
  sockaddr_un address{};
  socklen_t size = 0;
};
SocketAddress AddressOf(const std::string& name);

// Copies all that can be read from `fd` to standard output.
void Drain(int fd);

}  // namespace probe
