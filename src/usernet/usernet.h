// Networks of users without privileges: pasta(1) or slirp4netns(1) makes an interface in the container's
// network namespace and carries its traffic through ordinary sockets of the user.
//
//   runtime                    keeper                              program
//   record: the keeper ──────▶ start the program, which waits ───▶ (copy of the keeper)
//                              enter the user and the network
//                              namespace; become dumpable ───────▶ exec, with the keeper's PID
//                              wait until the interface is ready ◀ joins the keeper's namespaces
//   record: both, addresses ◀─ report
//                              wait until init has exited ───────▶ killed
//
// The keeper ends the program with the container: the program keeps the network namespace alive, so it would
// never notice. The program is given the keeper's PID and not that of init, because init is undumpable, so
// that its namespaces cannot be opened. When the interface is ready, the keeper becomes undumpable, too.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/request.h"
#include "hooks/cni/result.h"
#include "kernel/fd.h"

namespace tare::usernet {

// The user and the network namespace of a container.
struct Namespaces {
  kernel::Fd user;
  kernel::Fd network;
};

// The namespaces of process `pid`. An unprivileged caller can only open them while the process is dumpable.
StatusOr<Namespaces> OpenNamespaces(pid_t pid);

struct Request {
  std::string program;                     // "pasta" or "slirp4netns"
  std::vector<cni::PortMapping> ports;     // of TCP and UDP
  const Namespaces* namespaces = nullptr;  // empty if the container has no new user namespace
  int init = -1;                           // a pidfd: the network ends when this process exits
  std::string directory;                   // of the container, an absolute path; the record is in it
};

// Returns when the interface is configured. An error names Debian's package if the program is missing, and
// quotes what the program has written. If this fails, nothing is left.
StatusOr<cni::Joined> Attach(const Request& request);

// Ends the program and the keeper that the record in `directory` names, if they are still those, and removes
// the record. OK if nothing is recorded.
Status Detach(const std::string& directory);

}  // namespace tare::usernet
