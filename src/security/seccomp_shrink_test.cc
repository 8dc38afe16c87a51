// Runs filters before and after shrinking on many inputs, with a BPF interpreter, and compares the results.
#include "security/seccomp_shrink.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <random>

#include "security/seccomp.h"

namespace tare::security {
namespace {

using Code = std::vector<sock_filter>;

uint32_t Interpret(const Code& filter, const seccomp_data& data) {
  uint32_t a = 0;
  for (size_t at = 0; at < filter.size(); ++at) {
    const sock_filter& step = filter[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + step.k, sizeof a);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= step.k;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += a == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += a > step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += a >= step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (a & step.k) != 0 ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "an instruction that the test does not know: " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the filter has no end";
  return 0;
}

using Random = std::mt19937;

uint32_t Below(Random& random, size_t end) {
  return static_cast<uint32_t>(random() % end);
}

// A filter from libseccomp with random rules.
class RandomProfile {
 public:
  explicit RandomProfile(unsigned seed) : random_(seed) {}

  Code Filter() {
    constexpr uint32_t kDefaults[] = {SCMP_ACT_ERRNO(1), SCMP_ACT_ALLOW, SCMP_ACT_KILL_PROCESS, SCMP_ACT_LOG};
    constexpr uint32_t kArchs[] = {SCMP_ARCH_X86_64,  SCMP_ARCH_X86,     SCMP_ARCH_X32,
                                   SCMP_ARCH_AARCH64, SCMP_ARCH_RISCV64, SCMP_ARCH_ARM};
    default_ = kDefaults[Below(random_, std::size(kDefaults))];
    context_.reset(seccomp_init(default_));
    for (uint32_t arch : kArchs)
      if (Below(random_, 2) == 0) seccomp_arch_add(context_.get(), arch);
    const size_t rules = Below(random_, 3) == 0 ? Below(random_, 5) : Below(random_, 50);
    for (size_t i = 0; i < rules; ++i) AddRule();
    if (rules > 0 && Below(random_, 2) == 0) seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return Export();
  }

 private:
  void AddRule() {
    constexpr uint32_t kActions[] = {SCMP_ACT_ALLOW, SCMP_ACT_ALLOW,    SCMP_ACT_ALLOW,
                                     SCMP_ACT_TRAP,  SCMP_ACT_ERRNO(5), SCMP_ACT_KILL_PROCESS};
    const uint32_t action = kActions[Below(random_, std::size(kActions))];
    if (action == default_) return;
    std::vector<scmp_arg_cmp> conditions;
    for (unsigned index = 0; index < 6 && Below(random_, 6) == 0; ++index)
      conditions.push_back({index, static_cast<scmp_compare>(1 + Below(random_, 7)), Value(), Value()});
    const uint32_t first = Below(random_, 450);
    const uint32_t neighbours = conditions.empty() ? 1 + Below(random_, 30) : 1;
    // libseccomp refuses a rule that contradicts an earlier one, which does not matter here.
    for (uint32_t nr = first; nr < first + neighbours; ++nr)
      (void)seccomp_rule_add_array(context_.get(), action, static_cast<int>(nr),
                                   static_cast<unsigned>(conditions.size()), conditions.data());
  }

  uint64_t Value() { return Below(random_, 3) == 0 ? uint64_t{random_()} << 16 : Below(random_, 100); }

  Code Export() {
    std::unique_ptr<FILE, int (*)(FILE*)> file(tmpfile(), fclose);
    EXPECT_EQ(seccomp_export_bpf(context_.get(), fileno(file.get())), 0);
    fseek(file.get(), 0, SEEK_END);
    Code code(static_cast<size_t>(ftell(file.get())) / sizeof(sock_filter));
    rewind(file.get());
    EXPECT_EQ(fread(code.data(), sizeof(sock_filter), code.size(), file.get()), code.size());
    return code;
  }

  Random random_;
  uint32_t default_ = 0;
  std::unique_ptr<void, decltype(&seccomp_release)> context_{nullptr, seccomp_release};
};

// Inputs close to the numbers that the filter compares with.
class Inputs {
 public:
  explicit Inputs(const Code& filter) {
    for (const sock_filter& step : filter)
      if (BPF_CLASS(step.code) == BPF_JMP && BPF_OP(step.code) != BPF_JA) constants_.push_back(step.k);
  }

  seccomp_data Next() {
    constexpr uint32_t kArchs[] = {AUDIT_ARCH_X86_64,  AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
                                   AUDIT_ARCH_RISCV64, AUDIT_ARCH_ARM,  AUDIT_ARCH_S390X};
    seccomp_data data{};
    data.arch = kArchs[Below(random_, std::size(kArchs))];
    data.nr = static_cast<int>(Below(random_, 2) == 0 ? Below(random_, 500) : Near());
    if (Below(random_, 4) == 0) data.nr |= 0x40000000;
    for (__u64& argument : data.args) argument = uint64_t{Below(random_, 2) == 0 ? 0 : Near()} << 32 | Near();
    return data;
  }

 private:
  uint32_t Near() {
    if (constants_.empty() || Below(random_, 20) == 0) return static_cast<uint32_t>(random_());
    return constants_[Below(random_, constants_.size())] + Below(random_, 3) - 1;
  }

  Random random_{7};
  std::vector<uint32_t> constants_;
};

void ExpectSame(const Code& before, const Code& after, int samples) {
  Inputs inputs(before);
  for (int i = 0; i < samples; ++i) {
    const seccomp_data data = inputs.Next();
    ASSERT_EQ(Interpret(before, data), Interpret(after, data)) << std::hex << data.arch << " " << data.nr;
  }
}

TEST(SeccompShrink, AnswersAsBefore) {
  int smaller = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    const Code before = RandomProfile(seed).Filter();
    const Code after = Shrink(before);
    EXPECT_LE(after.size(), before.size()) << seed;
    if (after.size() < before.size()) ++smaller;
    ASSERT_NO_FATAL_FAILURE(ExpectSame(before, after, 2000)) << "seed " << seed;
  }
  EXPECT_GT(smaller, 40);  // the others are tiny
}

// Checks every system call number of each architecture, with arguments that are 0.
TEST(SeccompShrink, AnswersAsBeforeForEveryNumber) {
  const Code before = RandomProfile(3).Filter();
  const Code after = Shrink(before);
  ASSERT_LT(after.size(), before.size());
  for (uint32_t arch :
       std::vector<uint32_t>{AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, 1}) {
    for (uint32_t high : {0x0U, 0x40000000U, 0x80000000U, 0xC0000000U}) {
      for (uint32_t nr = 0; nr < 1024; ++nr) {
        const seccomp_data data{.nr = static_cast<int>(high | nr), .arch = arch};
        ASSERT_EQ(Interpret(before, data), Interpret(after, data)) << std::hex << arch << " " << data.nr;
      }
    }
  }
}

TEST(SeccompShrink, AListOfNeighboursBecomesSmall) {
  Code before = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
                 BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
  for (uint32_t nr = 0; nr < 200; ++nr) {
    before.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1));
    before.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  before.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO));
  const Code after = Shrink(before);
  // load, compare the architecture, load, compare with 200, and three results
  EXPECT_EQ(after.size(), 7U);
  ExpectSame(before, after, 2000);
}

// The table is larger than the 255 instructions that a conditional jump can skip.
TEST(SeccompShrink, ATableOfAnySizeWorks) {
  Code before = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
  for (uint32_t nr = 0; nr < 1800; ++nr) {
    before.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1));
    before.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (nr / 2 * 7 % 11)));
  }
  before.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const Code after = Shrink(before);
  ASSERT_LT(after.size(), before.size());
  for (uint32_t nr = 0; nr < 2000; ++nr) {
    const seccomp_data data{.nr = static_cast<int>(nr)};
    ASSERT_EQ(Interpret(before, data), Interpret(after, data)) << nr;
  }
}

TEST(SeccompShrink, WhatItDoesNotUnderstandStays) {
  const sock_filter load_nr = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
  const sock_filter load_arch = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4);
  const sock_filter load_argument = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16);
  const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_filter kill = BPF_STMT(BPF_RET | BPF_K, 0);
  const Code cases[] = {
      {},
      {load_nr},
      {load_nr, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 1), allow, allow, allow, kill},
      {load_nr, BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1), allow, allow, allow, kill},
      {load_arch, BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 3, 0, 1), allow, allow, allow, kill},
      {load_arch, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9, 0, 1), allow, BPF_STMT(BPF_RET | BPF_A, 0), kill,
       kill},
      {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), allow, kill, kill, kill, kill},
      {load_argument, BPF_STMT(BPF_ALU | BPF_NEG, 0), allow, allow, allow, allow},
      {load_nr, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9, 200, 0), allow, allow, allow, allow},
  };
  for (const Code& code : cases) {
    const Code after = Shrink(code);
    ASSERT_EQ(after.size(), code.size());
    EXPECT_TRUE(code.empty() ||
                std::memcmp(after.data(), code.data(), code.size() * sizeof(sock_filter)) == 0);
  }
}

// Docker's profile for 64-bit ARM names the calls that only 32-bit ARM has, whose numbers are the greatest.
TEST(SeccompOfArm, ItsOwnCallsDoNotHideThatOthersAreNewer) {
  const spec::SeccompRule rule{.names = {"openat", "faccessat2", "cacheflush", "set_tls"},
                               .action = "SCMP_ACT_ALLOW"};
  const spec::Seccomp profile{.default_action = "SCMP_ACT_ERRNO",
                              .architectures = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"},
                              .syscalls = {rule}};
  const StatusOr<SeccompProgram> program = CompileSeccomp(profile);
  ASSERT_TRUE(program.ok()) << program.status();
  const auto result = [&](int number) {
    return Interpret(program->filter, {.nr = number, .arch = AUDIT_ARCH_ARM});
  };
  EXPECT_EQ(result(322), SCMP_ACT_ALLOW);              // openat
  EXPECT_EQ(result(5), SCMP_ACT_ERRNO(EPERM));         // open
  EXPECT_EQ(result(460), SCMP_ACT_ERRNO(ENOSYS));      // newer than faccessat2
  EXPECT_EQ(result(0x0f0002), SCMP_ACT_ALLOW);         // cacheflush
  EXPECT_EQ(result(0x0f0001), SCMP_ACT_ERRNO(EPERM));  // breakpoint
}

}  // namespace
}  // namespace tare::security
