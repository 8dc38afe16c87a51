// What a supervisor keeps on disk about itself and its container,
// as JSON: <root>/.supervise/<id>/supervisor.json.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::session {

struct SupervisorRecord {
  pid_t pid = 0;            // of the supervisor
  uint64_t start_time = 0;  // field 22 of /proc/PID/stat: detects a reused pid
  std::string started;      // RFC 3339; empty: the program has not been started yet
  int restarts = 0;
  std::string policy;       // the value of --restart
  std::string log;          // path of the newest log file
  int log_files = 0;        // how many log files there may be
  bool terminal = false;    // the container has a terminal
  bool stdin_open = false;  // --interactive
  bool ended = false;       // the container has ended for good, and the supervisor exits
};

std::string SupervisorRecordJson(const SupervisorRecord& record);
// Unimplemented: a newer tare has written the record, whose fields may have another meaning. A record without
// a version is older than version 1, and has the same fields.
StatusOr<SupervisorRecord> ParseSupervisorRecord(absl::string_view json, absl::string_view name);

}  // namespace tare::session
