// What is remembered of a supervised container besides the container itself: a directory
// <root>/.supervise/<id> (0700) with the record, the exit of the last run, the control socket and, unless it
// is elsewhere, the log.
//
// A directory of its own, because a restart deletes the container and creates it again.
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
  // False: no container of this root is, or was, supervised.
  static bool Any(const std::string& root);
  // NotFound: the container is not, and never was, supervised.
  static StatusOr<Session> Open(const std::string& root, const std::string& id);
  // Makes the directory. One that is left of a container that is gone is replaced.
  static StatusOr<Session> Claim(const std::string& root, const std::string& id);

  // Room on the disk for what SaveExit() and Save() write when the container has ended, however full it is by
  // then.
  Status Reserve() const;

  Status Save(const SupervisorRecord& record) const;
  StatusOr<SupervisorRecord> Load() const;

  Status SaveExit(const spec::Exit& exit) const;
  // NotFound while it runs for the first time, or again.
  StatusOr<spec::Exit> LoadExit() const;
  void ForgetExit() const;

  // The supervisor's end, 0600, and a client's.
  StatusOr<kernel::Fd> Listen() const;
  void StopListening() const;
  // Unavailable: no supervisor listens; DeadlineExceeded: it lets nobody in.
  StatusOr<kernel::Fd> Connect() const;

  // With its logs. Idempotent.
  Status Remove() const;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  Session(std::string path, kernel::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  Status WriteWithReserve(absl::FunctionRef<Status()> write) const;

  std::string path_;
  kernel::Fd fd_;
};

// A session that a command needs. NotFound: the container does not exist, or is not supervised.
StatusOr<Session> OpenSession(const std::string& root, const std::string& id);

// For an error or a warning: "the supervisor of container ID was killed", and that with the words "; its exit
// status will not be recorded".
std::string SupervisorKilled(const std::string& id);
std::string ExitLost(const std::string& id);

// The pidfd of the supervisor that wrote `record`; no descriptor if it has ended.
StatusOr<kernel::Fd> SupervisorOf(const SupervisorRecord& record);
// It certainly has: one that only could not be looked at counts as there.
bool HasExited(const SupervisorRecord& record);

// Where the log is without --log-dir.
std::string DefaultLog(const Session& session);
// Where its LogStarts are.
std::string LogStartsOf(const Session& session);

}  // namespace tare::session
