// What is kept of a supervised container besides the container itself: a directory <root>/.supervise/<id>
// (0700) with the supervisor's record, the exit of the last run, the control socket and, unless --log-dir
// moves it, the log.
//
// It is not in the container's directory, because a restart deletes the container and creates it again.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "session/record.h"
#include "spec/exit.h"

namespace tare::session {

class Session {
 public:
  // False: no container of this root is supervised.
  static bool Any(const std::string& root);
  // NotFound: the container was not created with --supervise.
  static StatusOr<Session> Open(const std::string& root, const std::string& id);
  // Creates the directory. If one is left of a container that no longer exists, it is replaced.
  static StatusOr<Session> Claim(const std::string& root, const std::string& id);

  // Reserves space for what SaveExit() and Save() write when the container has ended, in case the disk is
  // full by then.
  Status Reserve() const;

  Status Save(const SupervisorRecord& record) const;
  StatusOr<SupervisorRecord> Load() const;

  Status SaveExit(const spec::Exit& exit) const;
  // NotFound while the container runs.
  StatusOr<spec::Exit> LoadExit() const;
  void ForgetExit() const;

  // The control socket, mode 0600: the supervisor listens, a client connects.
  StatusOr<kernel::Fd> Listen() const;
  void StopListening() const;
  // Unavailable: no supervisor is listening. DeadlineExceeded: it accepts no connection.
  StatusOr<kernel::Fd> Connect() const;

  // Removes the directory and the logs. Idempotent.
  Status Remove() const;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  Session(std::string path, kernel::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  Status WriteWithReserve(absl::FunctionRef<Status()> write) const;

  std::string path_;
  kernel::Fd fd_;
};

// For commands that need a supervisor. NotFound: the container does not exist, or is not supervised.
StatusOr<Session> OpenSession(const std::string& root, const std::string& id);

// For an error or a warning: "the supervisor of container ID was killed", and that with the words "; its exit
// status will not be recorded".
std::string SupervisorKilled(const std::string& id);
std::string ExitLost(const std::string& id);

// The pidfd of the supervisor that wrote `record`. No descriptor: it has exited.
StatusOr<kernel::Fd> SupervisorOf(const SupervisorRecord& record);
// False if it could not be found out.
bool HasExited(const SupervisorRecord& record);

// The path of the log without --log-dir.
std::string DefaultLog(const Session& session);
// The path of the log's LogStarts.
std::string LogStartsOf(const Session& session);

}  // namespace tare::session
