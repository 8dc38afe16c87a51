// The exit status of a process, stored as JSON for the time when the process can no longer be waited for.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::spec {

struct Exit {
  pid_t pid = 0;
  int status = 0;  // as in a shell: the exit code, or 128 + signal
  std::string at;  // RFC 3339, nanoseconds, UTC
  bool oom_killed = false;
};

std::string ExitJson(const Exit& exit);
StatusOr<Exit> ParseExit(absl::string_view json, absl::string_view name);

}  // namespace tare::spec
