// Whether, how often and when a container that has ended is started again.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace tare::supervise {

enum class Restart { kNo, kOnFailure, kAlways };

struct RestartPolicy {
  Restart restart = Restart::kNo;
  std::optional<int> most;  // restarts in all, with kOnFailure
};

// "no", "on-failure", "on-failure:3", "always"
StatusOr<RestartPolicy> ParseRestartPolicy(absl::string_view text);
std::string PolicyName(const RestartPolicy& policy);

// `status`: of the last exit; `restarts`: how often it was restarted before.
bool WantsRestart(const RestartPolicy& policy, int status, int restarts);

// How long to wait before a restart: 100 ms, doubled each time up to a minute, and 100 ms again after a run
// of ten seconds or more.
class Backoff {
 public:
  absl::Duration Next(absl::Duration run);

 private:
  absl::Duration next_ = absl::Milliseconds(100);
};

}  // namespace tare::supervise
