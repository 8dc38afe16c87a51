// seccomp: compiles the spec's profile into a BPF program, and installs it.
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
  bool notifies = false;  // uses SCMP_ACT_NOTIFY: installing it returns a listener
};

// Compiles the profile with libseccomp, then makes the program smaller (seccomp_shrink.h). System calls that
// are newer than all that the profile names fail with ENOSYS instead of the default action, so that a C
// library falls back to older ones, as with runc (seccomp_stub.h). This has no side effects but takes tens of
// milliseconds for an engine's default profile, so callers use FetchSeccomp().
StatusOr<SeccompProgram> CompileSeccomp(const spec::Seccomp& seccomp);

// CompileSeccomp() with a cache. `cache_directory` (created with mode 0700 if missing) stores compiled
// programs together with the whole profile that they were compiled from. An entry that is damaged, or is not
// owned by us, is compiled again. It is not an error if the cache cannot be written.
StatusOr<SeccompProgram> FetchSeccomp(const spec::Seccomp& seccomp, const std::string& cache_directory);

// A program as bytes and back. `exec` reads the container's filter from <root>/<id>/seccomp.bpf.
std::string SerializeSeccomp(const SeccompProgram& program);
StatusOr<SeccompProgram> ParseSeccomp(absl::string_view bytes);

// Installs the filter for the calling thread (SECCOMP_SET_MODE_FILTER). Returns the listener if
// program.notifies, and otherwise an empty descriptor. Requires no_new_privs or CAP_SYS_ADMIN.
// Allocates no memory.
StatusOr<kernel::Fd> InstallSeccomp(const SeccompProgram& program);

// The names of the SECCOMP_FILTER_FLAG_* that this kernel supports, for `tare features`.
std::vector<std::string> SupportedSeccompFlags();

// "2.5.4"
std::string LibseccompVersion();

}  // namespace tare::security
