// Files in memory that are executed (memfd_create(2)).
#pragma once

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// An empty one, close-on-exec. EACCES: the machine does not execute such files (sysctl vm.memfd_noexec,
// Linux 6.3).
StatusOr<Fd> ExecutableMemfd(const char* name);

// From now on nobody can change the file (F_ADD_SEALS).
Status Seal(int memfd);

// Whether the file has been sealed by Seal(). False for every other file.
bool IsSealed(int fd);

}  // namespace tare::kernel
