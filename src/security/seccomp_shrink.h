// Makes a filter smaller without changing its results.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace tare::security {

// A program from libseccomp compares the number with every system call that the profile names, separately for
// each architecture. But neighbouring numbers mostly have the same result, so a search tree over ranges of
// numbers needs only a fifth of the instructions. This saves time whenever a container starts: when a filter
// is installed, the kernel compiles it to machine code and runs it for every system call
// (seccomp_cache_prepare(), Linux 5.11).
//
// The result for each architecture and number is found by running `filter` itself. If it depends on
// arguments, the filter's own instructions are kept for them. A filter is returned as it is if it has
// instructions that libseccomp does not generate, or if it would not become smaller.
std::vector<sock_filter> Shrink(const std::vector<sock_filter>& filter);

}  // namespace tare::security
