// flock(2): of the programs that lock a file, one at a time goes on.
#pragma once

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::kernel {

// Waits until nobody else holds a lock on the file; a signal does not end the wait. The lock is held until
// every copy of the descriptor is closed. Errors name the call and the file ("flock(/x): ...") and carry the
// errno.
Status LockFile(int fd, absl::string_view name);

// Does not wait; false if somebody else holds a lock.
StatusOr<bool> TryToLockFile(int fd, absl::string_view name);

}  // namespace tare::kernel
