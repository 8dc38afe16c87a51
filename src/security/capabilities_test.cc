#include "security/capabilities.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "kernel/process.h"

namespace tare::security {
namespace {

constexpr uint64_t Bit(int capability) {
  return uint64_t{1} << capability;
}
constexpr int kChown = 0, kKill = 5, kSetuid = 7, kNetBindService = 10, kNetRaw = 13;

std::string ReadAll(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// "CapEff" or another set of this process, from /proc.
uint64_t StatusField(const std::string& name) {
  const std::string status = ReadAll("/proc/self/status");
  const size_t at = status.find(name + ":\t");
  uint64_t value = 0;
  EXPECT_TRUE(absl::SimpleHexAtoi(status.substr(at + name.size() + 2, 16), &value)) << name;
  return value;
}

// Runs `body` in a child process, which can give up privileges. Its result is 0 on success.
int InChild(absl::FunctionRef<int()> body) {
  return kernel::ExitCode(kernel::Wait(kernel::Spawn({}, body).value()).value());
}

// The output of `body` on standard error.
std::string StandardError(absl::FunctionRef<void()> body) {
  testing::internal::CaptureStderr();
  body();
  return testing::internal::GetCapturedStderr();
}

TEST(Capabilities, NamesAndNumbersAreTheKernels) {
  struct {
    const char* name;
    int number;
  } const cases[] = {{"CAP_CHOWN", 0},
                     {"CAP_LINUX_IMMUTABLE", 9},
                     {"CAP_SYS_ADMIN", 21},
                     {"CAP_MKNOD", 27},
                     {"CAP_SETFCAP", 31},
                     {"CAP_MAC_OVERRIDE", 32},
                     {"CAP_CHECKPOINT_RESTORE", 40},
                     {"cap_kill", -1},
                     {"Cap_Kill", -1},
                     {"KILL", -1},
                     {"kill", -1},
                     {"5", -1},
                     {"all", -1},
                     {"CAP_", -1},
                     {"", -1},
                     {"CAP_CAP_KILL", -1},
                     {"CAP_KILL ", -1}};
  for (const auto& [name, number] : cases) EXPECT_EQ(CapabilityNumber(name), number) << name;
}

TEST(Capabilities, KnownOnesEndWhereTheKernelDoes) {
  int last = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadAll("/proc/sys/kernel/cap_last_cap"), &last));
  const std::vector<std::string> known = KnownCapabilities();
  EXPECT_EQ(known.size(), static_cast<size_t>(std::min(last, 40) + 1));
  for (size_t i = 0; i < known.size(); ++i) EXPECT_EQ(CapabilityNumber(known[i]), static_cast<int>(i));
}

TEST(Capabilities, NoneAreGivenIfNoneAreAskedFor) {
  const CapabilitySets sets = Capabilities(spec::Process{});
  EXPECT_EQ(sets.bounding | sets.effective | sets.inheritable | sets.permitted | sets.ambient, 0U);
}

TEST(Capabilities, TranslateSetBySet) {
  spec::Process process;
  process.capabilities = spec::Capabilities{.bounding = {"CAP_CHOWN", "CAP_KILL"},
                                            .effective = {"CAP_CHOWN"},
                                            .inheritable = {"CAP_KILL"},
                                            .permitted = {"CAP_CHOWN", "CAP_KILL"},
                                            .ambient = {"CAP_KILL"}};
  CapabilitySets sets;
  EXPECT_EQ(StandardError([&] { sets = Capabilities(process); }), "");
  EXPECT_EQ(sets.bounding, Bit(kChown) | Bit(kKill));
  EXPECT_EQ(sets.effective, Bit(kChown));
  EXPECT_EQ(sets.inheritable, Bit(kKill));
  EXPECT_EQ(sets.permitted, Bit(kChown) | Bit(kKill));
  EXPECT_EQ(sets.ambient, Bit(kKill));
}

TEST(Capabilities, WhatCannotBeGrantedIsSaidOnce) {
  EXPECT_EQ(InChild([] {
              if (prctl(PR_CAPBSET_DROP, kNetRaw, 0, 0, 0) != 0) return 1;
              spec::Process process;
              const std::vector<std::string> names = {"chown", "CAP_NET_RAW", "CAP_NONSENSE", "CAP_KILL"};
              process.capabilities = spec::Capabilities{
                  .bounding = names, .effective = names, .permitted = names, .ambient = {"CAP_KILL"}};
              CapabilitySets sets;
              const std::string said = StandardError([&] { sets = Capabilities(process); });
              if (sets.bounding != Bit(kKill) || sets.permitted != Bit(kKill) || sets.ambient != 0) return 2;
              const char* wanted =
                  "msg=\"ignoring unknown or unavailable capabilities: [CAP_NET_RAW CAP_NONSENSE chown]\"";
              if (said.find(wanted) == std::string::npos) return 3;
              return said.find("ignoring") == said.rfind("ignoring") ? 0 : 4;
            }),
            0);
}

TEST(Capabilities, SetEffectiveGivesNothingUp) {
  if (!(StatusField("CapEff") & Bit(kKill))) GTEST_SKIP() << "needs CAP_KILL";
  EXPECT_EQ(InChild([] {
              const uint64_t permitted = StatusField("CapPrm");
              if (!SetEffective(Bit(kKill)).ok() || StatusField("CapEff") != Bit(kKill)) return 1;
              if (StatusField("CapPrm") != permitted) return 2;
              return SetEffective(~uint64_t{0}).ok() && StatusField("CapEff") == permitted ? 0 : 3;
            }),
            0);
}

TEST(Capabilities, ANumberThatIsNewerThanTheListIsItsOwnName) {
  EXPECT_EQ(CapabilityName(5), "CAP_KILL");
  EXPECT_EQ(CapabilityName(63), "63");
}

}  // namespace
}  // namespace tare::security
