// The program is run by an interpreter of the few instructions that it is made of.
#include "cgroup/v2/device_program.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tare::cgroup::v2 {
namespace {

struct Device {
  char type;
  uint32_t major;
  uint32_t minor;
};

// A register holds 64 bits. BPF_JMP compares all of them, with the sign of its operand extended.
bool Jumps(const bpf_insn& insn, uint64_t value) {
  const uint64_t operand = BPF_CLASS(insn.code) == BPF_JMP32 ? static_cast<uint32_t>(insn.imm)
                                                             : static_cast<uint64_t>(int64_t{insn.imm});
  return (BPF_OP(insn.code) == BPF_JEQ) == (value == operand);
}

uint32_t Calculate(const bpf_insn& insn, uint32_t value, uint32_t source) {
  const uint32_t operand = BPF_SRC(insn.code) == BPF_X ? source : static_cast<uint32_t>(insn.imm);
  switch (BPF_OP(insn.code)) {
    case BPF_MOV:
      return operand;
    case BPF_AND:
      return value & operand;
    case BPF_RSH:
      return value >> operand;
    default:
      ADD_FAILURE() << "unknown operation " << static_cast<int>(insn.code);
      return 0;
  }
}

uint32_t Run(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) {
  uint32_t registers[11] = {};
  for (size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& insn = program[at];
    uint32_t& destination = registers[insn.dst_reg];
    if (BPF_CLASS(insn.code) == BPF_LDX)
      std::memcpy(&destination, reinterpret_cast<const char*>(&context) + insn.off, 4);
    else if (BPF_CLASS(insn.code) == BPF_ALU)
      destination = Calculate(insn, destination, registers[insn.src_reg]);
    else if (insn.code == (BPF_JMP | BPF_EXIT))
      return registers[0];
    else if (Jumps(insn, destination))
      at += static_cast<size_t>(insn.off);
  }
  ADD_FAILURE() << "ran past the end";
  return 0;
}

bool Allowed(const std::vector<spec::DeviceRule>& rules, Device device, unsigned access) {
  const uint32_t type = device.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
  return Run(DeviceProgram(CompletePolicy(rules)), {access << 16 | type, device.major, device.minor}) == 1;
}

constexpr Device kNull = {'c', 1, 3};
constexpr Device kFull = {'c', 1, 7};
constexpr Device kTun = {'c', 10, 200};
constexpr Device kMem = {'c', 1, 1};
constexpr Device kDisk = {'b', 8, 0};
constexpr Device kHostConsole = {'c', 5, 1};

TEST(DeviceProgramTest, WithoutRulesTheDefaultNodesOnly) {
  EXPECT_TRUE(Allowed({}, kNull, kRead | kWrite | kMknod));
  EXPECT_TRUE(Allowed({}, {'c', 136, 77}, kRead | kWrite));
  EXPECT_TRUE(Allowed({}, kTun, kRead | kWrite | kMknod));
  EXPECT_FALSE(Allowed({}, {'c', 10, 201}, kRead));
  EXPECT_FALSE(Allowed({}, {'b', 1, 3}, kRead));
  EXPECT_FALSE(Allowed({}, kMem, kRead));
  EXPECT_FALSE(Allowed({}, kDisk, kRead));
  EXPECT_FALSE(Allowed({}, kHostConsole, kWrite));
  EXPECT_TRUE(Allowed({}, kDisk, kMknod));
}

TEST(DeviceProgramTest, ARuleForADefaultNodeStandsInItsPlace) {
  const spec::DeviceRule read_full = {.allow = true, .type = 'c', .major = 1, .minor = 7, .access = "r"};
  EXPECT_TRUE(Allowed({read_full}, kFull, kRead));
  EXPECT_TRUE(Allowed({read_full}, kFull, kMknod));
  EXPECT_FALSE(Allowed({read_full}, kFull, kWrite));
  EXPECT_TRUE(Allowed({read_full}, kNull, kRead | kWrite));
  EXPECT_FALSE(Allowed({{.allow = false, .type = 'c', .major = 1, .minor = 7}}, kFull, kRead));
  EXPECT_FALSE(Allowed({{.allow = false, .type = 'c', .major = 10, .minor = 200}}, kTun, kRead));
  EXPECT_FALSE(Allowed({{.allow = false, .type = 'c', .major = 136, .minor = -1}}, {'c', 136, 5}, kRead));
}

TEST(DeviceProgramTest, WiderRulesLeaveTheDefaultNodes) {
  EXPECT_TRUE(Allowed({{.allow = true, .type = 'c', .major = 1, .access = "r"}}, kFull, kWrite));
  EXPECT_TRUE(Allowed({{.allow = false, .type = 'c', .major = 1}}, kFull, kWrite));
  EXPECT_TRUE(Allowed({{.allow = false, .type = 'c'}}, kFull, kMknod));
  EXPECT_TRUE(Allowed({{.allow = true, .type = 'b', .major = 1, .minor = 7, .access = "r"}}, kFull, kWrite));
}

// What is before a rule of type 'a' has no effect, not even this one.
TEST(DeviceProgramTest, ARuleThatIsForgottenLeavesTheDefaultNode) {
  const spec::DeviceRule read_full = {.allow = true, .type = 'c', .major = 1, .minor = 7, .access = "r"};
  EXPECT_TRUE(Allowed({read_full, {.allow = false, .type = 'a'}}, kFull, kWrite));
}

TEST(DeviceProgramTest, TypeAMeansEverythingAndForgetsWhatWasBefore) {
  const spec::DeviceRule allow_all = {.allow = true, .type = 'a', .access = "rwm"};
  const spec::DeviceRule deny_all = {.allow = false, .type = 'a', .access = "rwm"};
  const spec::DeviceRule deny_disk = {.allow = false, .type = 'b', .major = 8, .access = "w"};
  EXPECT_TRUE(Allowed({deny_disk, allow_all}, kDisk, kRead | kWrite));
  EXPECT_FALSE(Allowed({allow_all, deny_disk}, kDisk, kRead | kWrite));
  EXPECT_TRUE(Allowed({allow_all, deny_disk}, kDisk, kRead));
  EXPECT_FALSE(Allowed({allow_all, deny_all}, kMem, kRead));
}

TEST(DeviceProgramTest, TheLastRuleThatCoversABitDecidesIt) {
  const spec::DeviceRule allow_major = {.allow = true, .type = 'c', .major = 10, .access = "rwm"};
  const spec::DeviceRule deny_one = {.allow = false, .type = 'c', .major = 10, .minor = 200, .access = "w"};
  const spec::DeviceRule allow_one = {.allow = true, .type = 'c', .major = 10, .minor = 200, .access = "w"};
  EXPECT_TRUE(Allowed({allow_major, deny_one}, {'c', 10, 200}, kRead));
  EXPECT_FALSE(Allowed({allow_major, deny_one}, {'c', 10, 200}, kRead | kWrite));
  EXPECT_TRUE(Allowed({allow_major, deny_one}, {'c', 10, 201}, kRead | kWrite));
  EXPECT_TRUE(Allowed({deny_one, allow_major}, {'c', 10, 200}, kRead | kWrite));
  EXPECT_TRUE(Allowed({allow_major, deny_one, allow_one}, {'c', 10, 200}, kRead | kWrite));
}

TEST(DeviceProgramTest, TwoRulesMayGiveTheBitsOfOneAccess) {
  EXPECT_TRUE(Allowed({{.allow = true, .type = 'b', .major = 8, .minor = 0, .access = "r"},
                       {.allow = true, .type = 'b', .major = 8, .access = "w"}},
                      kDisk, kRead | kWrite));
}

TEST(DeviceProgramTest, ARuleForAPartOfAnAccessDoesNotAllowItAll) {
  const spec::DeviceRule reading = {.allow = true, .type = 'b', .major = 8, .minor = 0, .access = "r"};
  EXPECT_TRUE(Allowed({reading}, kDisk, kRead));
  EXPECT_FALSE(Allowed({reading}, kDisk, kWrite));
  EXPECT_FALSE(Allowed({reading}, kDisk, kRead | kWrite));
}

TEST(DeviceProgramTest, AnAbsentOrNegativeNumberIsAnyAndAbsentAccessIsAll) {
  EXPECT_TRUE(Allowed({{.allow = true, .type = 'b', .major = -1, .minor = -1}}, kDisk, kRead | kWrite));
  EXPECT_TRUE(Allowed({{.allow = true, .type = 'b', .minor = 0}}, kDisk, kRead | kWrite));
  EXPECT_FALSE(Allowed({{.allow = true, .type = 'b', .minor = 1}}, kDisk, kRead));
}

TEST(DeviceProgramTest, LargeNumbersAreComparedWhole) {
  EXPECT_TRUE(
      Allowed({{.allow = true, .type = 'c', .major = 4095, .minor = 0xfffff}}, {'c', 4095, 0xfffff}, kRead));
  EXPECT_TRUE(
      Allowed({{.allow = true, .type = 'c', .major = 1, .minor = 0xffffffff}}, {'c', 1, 0xffffffff}, kRead));
}

}  // namespace
}  // namespace tare::cgroup::v2
