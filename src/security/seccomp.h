// seccomp: from the spec's words to a BPF program, and into the kernel.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::security {

// A compiled filter and the flags it is installed with (SECCOMP_FILTER_FLAG_*).
struct SeccompProgram {
  std::vector<sock_filter> filter;
  unsigned flags = 0;
  bool notifies = false;  // has SCMP_ACT_NOTIFY: installing gives a listener
};

// Compiles with libseccomp, then makes the program smaller (seccomp_shrink.h). System calls newer than any
// that the profile names answer ENOSYS instead of the default action, so that a libc falls back as on an old
// kernel (as runc; seccomp_stub.h). Pure, but slow (tens of milliseconds for an engine's default profile):
// callers want FetchSeccomp.
StatusOr<SeccompProgram> CompileSeccomp(const spec::Seccomp& seccomp);

// CompileSeccomp behind a cache by content: `cache_directory` (made 0700 if missing, its files owned by us)
// keeps compiled programs, together with the whole text they were made from; a damaged or foreign entry is
// compiled anew. Failing to write the cache is not an error.
StatusOr<SeccompProgram> FetchSeccomp(const spec::Seccomp& seccomp, const std::string& cache_directory);

// A program as bytes and back: how `exec` gets the container's filter (<root>/<id>/seccomp.bpf).
std::string SerializeSeccomp(const SeccompProgram& program);
StatusOr<SeccompProgram> ParseSeccomp(absl::string_view bytes);

// seccomp(2) SECCOMP_SET_MODE_FILTER for the calling thread; the listener if program.notifies, else no
// descriptor. Needs no_new_privs or CAP_SYS_ADMIN. Allocates nothing.
StatusOr<kernel::Fd> InstallSeccomp(const SeccompProgram& program);

// SECCOMP_FILTER_FLAG_* names that this kernel takes (`tare features`).
std::vector<std::string> SupportedSeccompFlags();

// "2.5.4"
std::string LibseccompVersion();

}  // namespace tare::security
