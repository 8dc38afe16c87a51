// Makes a filter smaller without changing what it answers.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace tare::security {

// libseccomp compares with every system call that a profile names, once for each architecture. But neighbours
// mostly share their answer: a search tree over ranges of numbers needs a fifth of the instructions. That is
// time at every start of a container, as the kernel compiles a filter to machine code and tries it with all
// system calls when it is installed (seccomp_cache_prepare(), Linux 5.11).
//
// The answer to every (architecture, number) is found by running `filter` itself; where it depends on
// arguments, the filter's own instructions are kept for that. A filter with instructions that libseccomp does
// not make, or that would not become smaller, is returned as it is.
std::vector<sock_filter> Shrink(const std::vector<sock_filter>& filter);

}  // namespace tare::security
