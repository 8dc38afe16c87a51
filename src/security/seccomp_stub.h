// The BPF code in front of a filter that returns ENOSYS for system calls newer than the profile.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::security {

// A C library falls back to an older system call if a new one fails with ENOSYS, but not if it fails with
// EPERM. So for each architecture, all numbers above the greatest that the profile names return ENOSYS (runc
// does the same since 1.0.0-rc93). The architectures are the native one and those that the profile lists. The
// result is empty if the default action lets calls through, or if it is ENOSYS already.
StatusOr<std::vector<sock_filter>> EnosysStub(const spec::Seccomp& seccomp);

}  // namespace tare::security
