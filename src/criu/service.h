// CRIU as a child process that is asked in its own protocol: `criu swrk FD`, with protobuf messages over a
// socket pair (messages/criu.h). Its output is not parsed, and its exit code not believed: it may be 0 after
// a failure.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "messages/criu.h"

namespace tare::criu {

// What CRIU asks or reports while it works; it goes on when the handler returns, or gives up if that is an
// error. `terminal` is the master of a pseudo-terminal, at "orphan-pts-master".
struct Notification {
  std::string moment;
  pid_t pid = 0;  // of the restored init, where CRIU names it
  kernel::Fd terminal;
};
using Handler = absl::FunctionRef<Status(Notification)>;

struct Placement {
  uint64_t clone_flags = 0;  // CLONE_NEW*
  int cgroup = -1;           // for CLONE_INTO_CGROUP, or -1
  std::vector<int> fds;      // that CRIU inherits, under the same numbers
  // Runs in the child before it executes CRIU, and may wait for `spawned`.
  absl::FunctionRef<Status()> prepare;
  // Runs here when the child exists.
  absl::FunctionRef<Status(pid_t)> spawned;
};

class Service {
 public:
  // Starts CRIU, which is looked for in our $PATH. Its children may become ours (rst_sibling).
  static StatusOr<Service> Start(const Placement& placement);
  // Ends the conversation, upon which CRIU undoes what it has begun; kills it if it is still running 10 s
  // later.
  ~Service();
  Service(Service&&) = default;
  Service& operator=(Service&&) = delete;

  // Asks and waits for the answer. `options.images_dir_fd` and the like are descriptors of ours. Aborted:
  // CRIU has failed, or has exited. An error of `handler` is returned as it is.
  StatusOr<messages::CriuResponse> Ask(messages::CriuRequest request, Handler handler);

  // These are asked before anything else, and change nothing.
  StatusOr<messages::CriuVersion> Version();
  StatusOr<messages::CriuFeatures> Features(const messages::CriuFeatures& asked);

  pid_t pid() const { return child_.get().pid; }

  // Waits until CRIU has exited, after the last answer.
  void Finish();

 private:
  Service(kernel::Child child, kernel::Fd socket)
      : child_(kernel::ChildGuard(std::move(child))), socket_(std::move(socket)) {}
  StatusOr<messages::CriuResponse> Receive(kernel::Fd& descriptor);
  Status Answer(const Status& handled);
  Status WhyItEnded();

  kernel::ChildGuard child_;
  kernel::Fd socket_;
};

// The last lines of a log of CRIU that report an error, joined by "; ". They name the cause; its first error
// and its errno often do not. "" if there are none.
std::string LastErrors(int directory, const std::string& name);

}  // namespace tare::criu
