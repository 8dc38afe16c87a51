// The oldest kernel that tare runs on (docs/requirements.md).
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tare {

inline constexpr char kOldestKernel[] = "5.14";

// Whether a release as uname(2) has it, such as "5.10.0-35-amd64", is older than kOldestKernel. A release
// that cannot be read is not.
bool IsTooOld(absl::string_view release);

// Why a system call is missing, if the kernel's age is the reason; empty if it is not. Another reason is a
// seccomp filter that refuses with ENOSYS.
std::string TooOldKernel();

}  // namespace tare
