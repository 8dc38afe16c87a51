#include "cgroup/v1/freezer.h"

#include <cerrno>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/step.h"

namespace tare::cgroup::v1 {
namespace {

constexpr char kState[] = "freezer.state";
constexpr absl::Duration kDeadline = absl::Seconds(10);
constexpr absl::Duration kAttempt = absl::Milliseconds(50);

// True when it is frozen, false if that takes longer than one attempt may.
StatusOr<bool> AwaitFrozen(Directory& freezer) {
  const absl::Time deadline = absl::Now() + kAttempt;
  for (;;) {
    TARE_ASSIGN_OR_RETURN(const std::string state, freezer.Read(kState));
    if (state == "FROZEN") return true;
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Microseconds(20));
  }
}

}  // namespace

Status FreezeDirectory(Directory& freezer) {
  TARE_STEP("freeze the cgroup ", freezer.path(), " and wait until it is frozen");
  const absl::Time deadline = absl::Now() + kDeadline;
  // A process that waits for a frozen one (vfork, ptrace) never freezes, and the state remains FREEZING.
  // Thawing for a moment lets it continue.
  while (absl::Now() < deadline) {
    TARE_RETURN_IF_ERROR(freezer.Write(kState, "FROZEN"));
    TARE_ASSIGN_OR_RETURN(const bool frozen, AwaitFrozen(freezer));
    if (frozen) return absl::OkStatus();
    TARE_RETURN_IF_ERROR(ThawDirectory(freezer));
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::DeadlineExceededError(
      "unable to freeze: a process cannot be stopped (it is blocked in the kernel)");
}

Status ThawDirectory(Directory& freezer) {
  return freezer.Write(kState, "THAWED");
}

StatusOr<bool> IsDirectoryFrozen(Directory& freezer) {
  TARE_ASSIGN_OR_RETURN(const std::string state, freezer.ReadIfPresent(kState));
  return !state.empty() && state != "THAWED";
}

}  // namespace tare::cgroup::v1
