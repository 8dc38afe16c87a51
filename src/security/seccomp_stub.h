// The piece of BPF before a filter that answers ENOSYS to system calls which its author could not know.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::security {

// A C library that meets a new system call falls back to an old one on ENOSYS, but not on EPERM, which it
// takes for an answer. So all numbers above the greatest that the profile names, by architecture, give ENOSYS
// (runc does the same since 1.0.0-rc93). Empty where that would change nothing or break what was asked for:
// if the default action lets calls through, and if it is ENOSYS already. The native architecture and those
// that the profile lists count.
StatusOr<std::vector<sock_filter>> EnosysStub(const spec::Seccomp& seccomp);

}  // namespace tare::security
