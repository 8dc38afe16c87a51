// The names of the spec's enumerations, which the parsers accept and `tare features` lists.
#pragma once

#include <array>

#include "absl/strings/string_view.h"
#include "spec/config_linux.h"

namespace tare::spec {

// Indexed by NamespaceType.
inline constexpr std::array<absl::string_view, kNamespaceTypes> kNamespaceNames = {
    "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"};

constexpr absl::string_view NamespaceName(NamespaceType type) {
  return kNamespaceNames[static_cast<size_t>(type)];
}

inline constexpr std::array<absl::string_view, 6> kHookNames = {
    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};

inline constexpr std::array<absl::string_view, 9> kSeccompActions = {
    "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO",  "SCMP_ACT_KILL",  "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
    "SCMP_ACT_LOG",   "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"};

inline constexpr std::array<absl::string_view, 7> kSeccompOperators = {
    "SCMP_CMP_EQ", "SCMP_CMP_GE",        "SCMP_CMP_GT", "SCMP_CMP_LE",
    "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"};

// As of libseccomp 2.6.
inline constexpr std::array<absl::string_view, 20> kSeccompArchitectures = {
    "SCMP_ARCH_AARCH64",     "SCMP_ARCH_ARM",       "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_MIPS",
    "SCMP_ARCH_MIPS64",      "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",      "SCMP_ARCH_MIPSEL64",
    "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC",    "SCMP_ARCH_PARISC64",    "SCMP_ARCH_PPC",
    "SCMP_ARCH_PPC64",       "SCMP_ARCH_PPC64LE",   "SCMP_ARCH_RISCV64",     "SCMP_ARCH_S390",
    "SCMP_ARCH_S390X",       "SCMP_ARCH_X32",       "SCMP_ARCH_X86",         "SCMP_ARCH_X86_64"};

inline constexpr std::array<absl::string_view, 4> kSeccompFlags = {
    "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};

// Indexed by the kernel's number of the mode. Debian 12's linux/mempolicy.h does not have the last one, which
// is from kernel 6.9.
inline constexpr std::array<absl::string_view, 7> kMemoryPolicyModes = {
    "MPOL_DEFAULT",        "MPOL_PREFERRED",          "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL",
    "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE"};

// From bit 13 on.
inline constexpr std::array<absl::string_view, 3> kMemoryPolicyFlags = {
    "MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"};

}  // namespace tare::spec
