// The spec's seccomp words (config-linux.md#seccomp) as libseccomp's and the kernel's numbers.
#pragma once

#include <seccomp.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"

namespace tare::security {

// __X32_SYSCALL_BIT of a system call's number: x32 shares AUDIT_ARCH_X86_64.
inline constexpr uint32_t kX32Bit = 0x40000000;

// "SCMP_ACT_ERRNO" and its errnoRet; the errno of ERRNO and TRACE is EPERM if none is given. An errno given
// to another action is an error, as is one that libseccomp does not take.
StatusOr<uint32_t> ActionCode(const std::string& name, std::optional<uint32_t> errno_ret);

// "SCMP_CMP_EQ"
StatusOr<scmp_compare> Operator(const std::string& name);

// "SCMP_ARCH_X86_64": libseccomp's token. An architecture newer than the library is an error.
StatusOr<uint32_t> Architecture(const std::string& name);

// "SECCOMP_FILTER_FLAG_LOG": the kernel's bit.
StatusOr<unsigned> FilterFlag(const std::string& name);

}  // namespace tare::security
