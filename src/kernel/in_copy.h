// Work in a copy of this process, which waits for it: to enter a namespace without leaving our own.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::kernel {

// Runs `body` in a copy of this process (clone3(2) with `clone_flags`, CLONE_NEW*), and returns its result.
// The copy is killed if we are (PR_SET_PDEATHSIG), unless `body` changes that. Aborted, with `name`: the copy
// was killed.
Status InCopy(uint64_t clone_flags, absl::string_view name, absl::FunctionRef<Status()> body);

}  // namespace tare::kernel
