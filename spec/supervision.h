// What a supervisor writes down of itself and of its container, as JSON: <root>/.supervise/<id>/record.json.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::spec {

struct Supervision {
  pid_t pid = 0;            // of the supervisor
  uint64_t start_time = 0;  // field 22 of /proc/PID/stat: detects a reused pid
  std::string started;      // RFC 3339; empty: not yet
  int restarts = 0;
  std::string policy;     // as --restart was given
  std::string log;        // the path of the newest file
  int log_files = 0;      // how many there may be
  bool terminal = false;  // the container has one
  bool stdin_open = false;
  bool ended = false;  // it is over, and the supervisor has left
};

std::string SupervisionJson(const Supervision& supervision);
StatusOr<Supervision> ParseSupervision(absl::string_view json, absl::string_view name);

}  // namespace tare::spec
