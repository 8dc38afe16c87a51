#include "cgroup/v2/device_program.h"

#include <cstddef>

namespace tare::cgroup::v2 {
namespace {

// The registers of the program.
enum Register : uint8_t {
  kResult = BPF_REG_0,
  kContext = BPF_REG_1,  // bpf_cgroup_dev_ctx*
  kType = BPF_REG_2,     // BPF_DEVCG_DEV_*
  kAsked = BPF_REG_3,    // those of kMknod | kRead | kWrite that no rule has decided yet
  kMajor = BPF_REG_4,
  kMinor = BPF_REG_5,
  kScratch = BPF_REG_6,
};

bpf_insn Instruction(int code, Register destination, Register source, int16_t offset, int32_t immediate) {
  return {.code = static_cast<uint8_t>(code),
          .dst_reg = static_cast<uint8_t>(destination & 0xf),
          .src_reg = static_cast<uint8_t>(source & 0xf),
          .off = offset,
          .imm = immediate};
}

bpf_insn Load(Register destination, size_t offset) {
  return Instruction(BPF_LDX | BPF_MEM | BPF_W, destination, kContext, static_cast<int16_t>(offset), 0);
}
bpf_insn Move(Register destination, Register source) {
  return Instruction(BPF_ALU | BPF_MOV | BPF_X, destination, source, 0, 0);
}
bpf_insn Set(Register destination, int32_t value) {
  return Instruction(BPF_ALU | BPF_MOV | BPF_K, destination, kResult, 0, value);
}
bpf_insn And(Register destination, int32_t mask) {
  return Instruction(BPF_ALU | BPF_AND | BPF_K, destination, kResult, 0, mask);
}
bpf_insn ShiftRight(Register destination, int32_t bits) {
  return Instruction(BPF_ALU | BPF_RSH | BPF_K, destination, kResult, 0, bits);
}
// Uses 32-bit comparisons (BPF_JMP32), which do not sign-extend device numbers of more than 31 bits.
bpf_insn SkipUnless(Register operand, int32_t value, int16_t skip) {
  return Instruction(BPF_JMP32 | BPF_JNE | BPF_K, operand, kResult, skip, value);
}
bpf_insn SkipIf(Register operand, int32_t value, int16_t skip) {
  return Instruction(BPF_JMP32 | BPF_JEQ | BPF_K, operand, kResult, skip, value);
}
bpf_insn Exit() {
  return Instruction(BPF_JMP | BPF_EXIT, kResult, kResult, 0, 0);
}

void Answer(bool allowed, std::vector<bpf_insn>& program) {
  program.push_back(Set(kResult, allowed ? 1 : 0));
  program.push_back(Exit());
}

// Once the device matches, remove the bits of the rule from the requested ones. Return if none is left, or if
// the rule denies one of them.
std::vector<bpf_insn> Verdict(const spec::DeviceRule& rule) {
  const auto access = static_cast<int32_t>(AccessOf(rule));
  std::vector<bpf_insn> verdict;
  if (rule.allow) {
    verdict = {And(kAsked, ~access), SkipUnless(kAsked, 0, 2)};
  } else {
    verdict = {Move(kScratch, kAsked), And(kScratch, access), SkipIf(kScratch, 0, 2)};
  }
  Answer(rule.allow, verdict);
  return verdict;
}

void AddRule(const spec::DeviceRule& rule, std::vector<bpf_insn>& program) {
  const std::vector<bpf_insn> verdict = Verdict(rule);
  // A test that fails skips the following tests and the verdict.
  auto left = static_cast<int16_t>(verdict.size() + (rule.major ? 1 : 0) + (rule.minor ? 1 : 0));
  program.push_back(SkipUnless(kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, left--));
  if (rule.major) program.push_back(SkipUnless(kMajor, static_cast<int32_t>(*rule.major), left--));
  if (rule.minor) program.push_back(SkipUnless(kMinor, static_cast<int32_t>(*rule.minor), left));
  program.insert(program.end(), verdict.begin(), verdict.end());
}

}  // namespace

std::vector<bpf_insn> DeviceProgram(const DevicePolicy& policy) {
  // access_type has the type in its lower half and the access in its upper half (linux/bpf.h).
  std::vector<bpf_insn> program = {
      Load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
      Move(kAsked, kType),
      And(kType, 0xffff),
      ShiftRight(kAsked, 16),
      Load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
      Load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
  };
  for (auto rule = policy.rules.rbegin(); rule != policy.rules.rend(); ++rule) AddRule(*rule, program);
  Answer(policy.allow, program);
  return program;
}

}  // namespace tare::cgroup::v2
