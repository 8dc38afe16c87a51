// What `tare state` and `tare list` show of a container, and the documents that they print.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "container/record.h"
#include "spec/exit.h"
#include "spec/state.h"

namespace tare::commands {

// What is known of the supervisor of a container.
struct SupervisorState {
  pid_t supervisor = 0;             // 0: it has exited, or was killed
  bool lost = false;                // it was killed: the exit status of the container will not be known
  std::string started;              // RFC 3339; empty: the container was not started yet
  int restarts = 0;                 // so far
  std::string policy;               // of restarting
  std::string log;                  // the path of its newest file
  std::optional<spec::Exit> ended;  // the last run, if none has begun since
};

// The state of the specification, and what runc adds to it; more for a supervised container.
struct Listing {
  spec::State state;
  std::string rootfs;
  std::string created;  // RFC 3339, nanoseconds, UTC
  std::string owner;    // user name, or "#UID" if it has none
  std::vector<container::Network> networks;
  std::vector<std::string> ports;  // "8080:80/tcp"
  std::optional<SupervisorState> supervision;
};

// The indented document of `tare state`; as in runc's, the pid is 0 when the container has stopped.
std::string StateDocument(const Listing& listing);

// The array of `tare list --format json`, one line; "null" when empty, as runc prints it.
std::string ListDocument(const std::vector<Listing>& listings);

}  // namespace tare::commands
