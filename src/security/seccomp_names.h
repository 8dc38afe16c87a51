// Translates the spec's seccomp constants (config-linux.md#seccomp) into the numbers of libseccomp
// and the kernel.
#pragma once

#include <seccomp.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"

namespace tare::security {

// __X32_SYSCALL_BIT in the number of a system call: x32 has the same AUDIT_ARCH as x86_64.
inline constexpr uint32_t kX32Bit = 0x40000000;

// The code of an action such as "SCMP_ACT_ERRNO" with its errnoRet. The default errno of ERRNO and TRACE is
// EPERM. It is an error to give an errno to another action, or one that libseccomp does not accept.
StatusOr<uint32_t> ActionCode(const std::string& name, std::optional<uint32_t> errno_ret);

// The operator for "SCMP_CMP_EQ".
StatusOr<scmp_compare> Operator(const std::string& name);

// libseccomp's token for "SCMP_ARCH_X86_64". An architecture that the library does not know is an error.
StatusOr<uint32_t> Architecture(const std::string& name);

// The kernel's bit for "SECCOMP_FILTER_FLAG_LOG".
StatusOr<unsigned> FilterFlag(const std::string& name);

}  // namespace tare::security
