#include "security/seccomp_stub.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>

#include "base/log.h"
#include "security/seccomp_names.h"

namespace tare::security {
namespace {

// The greatest system call number for each of libseccomp's architecture tokens.
using Greatest = std::map<uint32_t, uint32_t>;

// 32-bit ARM has a few calls of its own, such as cacheflush and set_tls, from this number on
// (__ARM_NR_BASE). Docker's profile names them, and they say nothing about how new the others are.
constexpr uint32_t kOwnCallsOfArm = 0x0f0000;

uint32_t GreatestSyscall(const spec::Seccomp& seccomp, uint32_t token) {
  uint32_t greatest = 0;
  for (const spec::SeccompRule& rule : seccomp.syscalls) {
    for (const std::string& name : rule.names) {
      const int number = seccomp_syscall_resolve_name_arch(token, name.c_str());
      if (number < 0) continue;  // unknown, or a call of other architectures only
      if (token == SCMP_ARCH_ARM && static_cast<uint32_t>(number) >= kOwnCallsOfArm) continue;
      greatest = std::max(greatest, static_cast<uint32_t>(number));
    }
  }
  return greatest;
}

bool WantsStub(uint32_t default_action) {
  switch (default_action & SECCOMP_RET_ACTION_FULL) {
    // A tracer decides about calls that it does not know as well.
    case SCMP_ACT_ALLOW:
    case SCMP_ACT_LOG:
    case SCMP_ACT_TRACE(0):
      return false;
    default:
      return default_action != SCMP_ACT_ERRNO(ENOSYS);
  }
}

constexpr sock_filter Load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
constexpr sock_filter Return(uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}
constexpr sock_filter Goto(size_t skip) {
  return BPF_STMT(BPF_JMP | BPF_JA, static_cast<uint32_t>(skip));
}
constexpr sock_filter If(uint16_t condition, uint32_t value, uint8_t skip_if_true, uint8_t skip_if_false) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | BPF_K | condition), value, skip_if_true, skip_if_false);
}

// Code that returns ENOSYS, or else continues after its end with the system call number loaded.
std::vector<sock_filter> CheckNumber(uint32_t token, uint32_t greatest) {
  const sock_filter enosys = Return(SCMP_ACT_ERRNO(ENOSYS));
  std::vector<sock_filter> code;
  // On s390, a number above 255 that the kernel does not know arrives as 0, the number of setup(2) (SVC 0).
  if (token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X) code = {If(BPF_JEQ, 0, 0, 1), enosys};
  if (token == SCMP_ARCH_X86_64) code = {If(BPF_JSET, kX32Bit, 2, 0)};
  if (token == SCMP_ARCH_ARM) code = {If(BPF_JGE, kOwnCallsOfArm, 2, 0)};
  if (token == SCMP_ARCH_X32) code = {If(BPF_JSET, kX32Bit, 0, 2)};
  code.push_back(If(BPF_JGT, greatest, 0, 1));
  code.push_back(enosys);
  return code;
}

void Append(std::vector<sock_filter>& code, const std::vector<sock_filter>& more) {
  code.insert(code.end(), more.begin(), more.end());
}

// For each AUDIT_ARCH of the kernel, the checks for all of libseccomp's tokens that share it.
std::map<uint32_t, std::vector<sock_filter>> Sections(const Greatest& greatest) {
  std::map<uint32_t, std::vector<sock_filter>> sections;
  for (const auto& [token, number] : greatest) {
    const uint32_t audit_arch = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
    Append(sections[audit_arch], CheckNumber(token, number));
  }
  return sections;
}

}  // namespace

StatusOr<std::vector<sock_filter>> EnosysStub(const spec::Seccomp& seccomp) {
  std::vector<sock_filter> stub;
  TARE_ASSIGN_OR_RETURN(const uint32_t action, ActionCode(seccomp.default_action, seccomp.default_errno_ret));
  if (!WantsStub(action)) return stub;

  // The native architecture is always filtered, even if it is not listed.
  std::vector<uint32_t> tokens = {seccomp_arch_native()};
  for (const std::string& name : seccomp.architectures) {
    TARE_ASSIGN_OR_RETURN(const uint32_t token, Architecture(name));
    tokens.push_back(token);
  }
  Greatest greatest;
  for (const uint32_t token : tokens)
    if (const uint32_t number = GreatestSyscall(seccomp, token); number != 0) greatest[token] = number;
  if (greatest.empty()) return stub;

  // Each section ends with a jump over the following ones to the filter, which loads again what it needs.
  stub = {Load(offsetof(seccomp_data, arch))};
  for (const auto& [audit_arch, checks] : Sections(greatest)) {
    stub.push_back(If(BPF_JEQ, audit_arch, 0, static_cast<uint8_t>(checks.size() + 2)));
    stub.push_back(Load(offsetof(seccomp_data, nr)));
    Append(stub, checks);
    stub.push_back(Goto(0));
  }
  for (size_t i = 0; i < stub.size(); ++i)
    if (stub[i].code == (BPF_JMP | BPF_JA)) stub[i].k = static_cast<uint32_t>(stub.size() - i - 1);
  return stub;
}

}  // namespace tare::security
