#include "cgroup/v2/freezer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/wait.h"

namespace tare::cgroup::v2 {
namespace {

constexpr char kFreeze[] = "cgroup.freeze";
constexpr char kEvents[] = "cgroup.events";
constexpr absl::Duration kTimeout = absl::Seconds(10);

StatusOr<bool> SaysFrozen(int events) {
  char text[256];
  const ssize_t size = pread(events, text, sizeof text, 0);
  if (size < 0) return ErrnoError(errno, "read(cgroup.events)");
  return absl::StrContains(absl::string_view(text, static_cast<size_t>(size)), "frozen 1");
}

// poll(2) on cgroup.events returns POLLPRI after every change.
StatusOr<bool> AwaitFrozen(int events) {
  const kernel::Deadline deadline = kernel::Deadline::After(kTimeout);
  for (;;) {
    TARE_ASSIGN_OR_RETURN(const bool frozen, SaysFrozen(events));
    if (frozen || deadline.passed()) return frozen;
    TARE_RETURN_IF_ERROR(kernel::WaitFor(events, POLLPRI, deadline).status());
  }
}

}  // namespace

Status FreezeDirectory(Directory& directory) {
  TARE_STEP("freeze the cgroup ", directory.path(), " and wait until it is frozen");
  TARE_ASSIGN_OR_RETURN(const kernel::Fd events, directory.Open(kEvents, O_RDONLY), directory.path());
  TARE_RETURN_IF_ERROR(directory.Write(kFreeze, "1"));
  StatusOr<bool> frozen = AwaitFrozen(events.get());
  if (frozen.ok() && *frozen) return absl::OkStatus();
  ThawDirectory(directory).IgnoreError();
  TARE_RETURN_IF_ERROR(frozen.status());
  return absl::DeadlineExceededError(
      "unable to freeze: a process cannot be stopped (it is blocked in the kernel)");
}

Status ThawDirectory(Directory& directory) {
  return directory.Write(kFreeze, "0");
}

StatusOr<bool> IsDirectoryFrozen(Directory& directory) {
  TARE_ASSIGN_OR_RETURN(const std::string state, directory.ReadIfPresent(kFreeze));
  return state == "1";
}

StatusOr<bool> IsEffectivelyFrozen(Directory& directory) {
  TARE_ASSIGN_OR_RETURN(const std::string events, directory.ReadIfPresent(kEvents));
  return absl::StrContains(events, "frozen 1");
}

}  // namespace tare::cgroup::v2
