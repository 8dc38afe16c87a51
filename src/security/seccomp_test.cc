// Installs filters in child processes, which report the results of system calls by their exit status.
#include "security/seccomp.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/functional/function_ref.h"

namespace tare::security {
namespace {

constexpr int kNotInstalled = 125;

spec::SeccompRule Rule(std::vector<std::string> names, std::string action,
                       std::vector<spec::SeccompArg> args = {}, std::optional<uint32_t> errno_ret = {}) {
  return {.names = std::move(names),
          .action = std::move(action),
          .errno_ret = errno_ret,
          .args = std::move(args)};
}

spec::Seccomp Profile(std::string default_action, std::vector<spec::SeccompRule> rules) {
  return {.default_action = std::move(default_action), .syscalls = std::move(rules)};
}

// The wait status of a child that installs the filter and exits with the result of `body`.
int InChild(const SeccompProgram& program, absl::FunctionRef<int()> body) {
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!InstallSeccomp(program).ok()) _exit(kNotInstalled);
    _exit(body());
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

int InChild(const spec::Seccomp& seccomp, absl::FunctionRef<int()> body) {
  StatusOr<SeccompProgram> program = CompileSeccomp(seccomp);
  EXPECT_TRUE(program.ok()) << program.status();
  return program.ok() ? InChild(*program, body) : -1;
}

// The errno of the system call under the profile, or 0 if it succeeded.
int ErrnoUnder(const spec::Seccomp& seccomp, absl::FunctionRef<long()> call) {
  const int status = InChild(seccomp, [&] { return call() < 0 ? errno : 0; });
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_NE(WEXITSTATUS(status), kNotInstalled);
  return WEXITSTATUS(status);
}

long GetPpid() {
  return syscall(SYS_getppid);
}
// lsm_set_self_attr from Linux 6.8, which libseccomp 2.5.4 does not know.
long Newer() {
  return syscall(460);
}
std::string NameOf(unsigned nr) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(nr));
  std::string copy = name ? name : "";
  free(name);
  return copy;
}

// All system calls that libseccomp knows with a number below `end`, so that a child can run
// under the profile.
std::vector<std::string> AllNames(unsigned end, const std::string& but = "") {
  std::vector<std::string> names;
  for (unsigned nr = 0; nr < end; ++nr)
    if (const std::string name = NameOf(nr); !name.empty() && name != but) names.push_back(name);
  return names;
}

std::string CompileError(const spec::Seccomp& seccomp) {
  return std::string(CompileSeccomp(seccomp).status().message());
}

TEST(Seccomp, ErrnoIsEpermUnlessGiven) {
  EXPECT_EQ(ErrnoUnder(Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_ERRNO")}), GetPpid), EPERM);
  EXPECT_EQ(ErrnoUnder(Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_ERRNO", {}, ENOTTY)}), GetPpid),
            ENOTTY);
  EXPECT_EQ(ErrnoUnder(Profile("SCMP_ACT_ALLOW", {Rule({"getpgid"}, "SCMP_ACT_ERRNO")}), GetPpid), 0);
}

TEST(Seccomp, DefaultErrnoRetAnswersForCallsThatNoRuleNames) {
  spec::Seccomp seccomp = Profile("SCMP_ACT_ERRNO", {Rule(AllNames(512, "getppid"), "SCMP_ACT_ALLOW")});
  EXPECT_EQ(ErrnoUnder(seccomp, GetPpid), EPERM);
  seccomp.default_errno_ret = EUCLEAN;
  EXPECT_EQ(ErrnoUnder(seccomp, GetPpid), EUCLEAN);
}

struct SignalCase {
  const char* action;
  int signal;
};
class SeccompSignal : public testing::TestWithParam<SignalCase> {};

TEST_P(SeccompSignal, EndsTheProcess) {
  const int status = InChild(Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, GetParam().action)}), [] {
    GetPpid();
    return 0;
  });
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), GetParam().signal);
}

INSTANTIATE_TEST_SUITE_P(Actions, SeccompSignal,
                         testing::Values(SignalCase{"SCMP_ACT_KILL", SIGSYS},
                                         SignalCase{"SCMP_ACT_KILL_THREAD", SIGSYS},
                                         SignalCase{"SCMP_ACT_KILL_PROCESS", SIGSYS},
                                         SignalCase{"SCMP_ACT_TRAP", SIGSYS}));

TEST(Seccomp, LogLetsTheCallThroughAndTraceWithoutTracerIsEnosys) {
  EXPECT_EQ(ErrnoUnder(Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_LOG")}), GetPpid), 0);
  EXPECT_EQ(ErrnoUnder(Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_TRACE")}), GetPpid), ENOSYS);
}

struct OperatorCase {
  const char* op;
  uint64_t value;
  uint64_t value_two;
  std::vector<unsigned> matching;  // of 4, 5, 6
};
void PrintTo(const OperatorCase& op, std::ostream* out) {
  *out << op.op;
}
class SeccompOperator : public testing::TestWithParam<OperatorCase> {};

TEST_P(SeccompOperator, MatchesTheArgument) {
  const OperatorCase& op = GetParam();
  const spec::SeccompArg arg{.index = 1, .value = op.value, .value_two = op.value_two, .op = op.op};
  const spec::Seccomp seccomp =
      Profile("SCMP_ACT_ALLOW", {Rule({"getpriority"}, "SCMP_ACT_ERRNO", {arg}, ENOTTY)});
  std::vector<unsigned> matching;
  for (unsigned value : {4U, 5U, 6U})
    if (ErrnoUnder(seccomp, [value] { return syscall(SYS_getpriority, 99, value); }) == ENOTTY)
      matching.push_back(value);
  EXPECT_EQ(matching, op.matching);
}

INSTANTIATE_TEST_SUITE_P(
    Operators, SeccompOperator,
    testing::Values(OperatorCase{"SCMP_CMP_EQ", 5, 0, {5}}, OperatorCase{"SCMP_CMP_NE", 5, 0, {4, 6}},
                    OperatorCase{"SCMP_CMP_LT", 5, 0, {4}}, OperatorCase{"SCMP_CMP_LE", 5, 0, {4, 5}},
                    OperatorCase{"SCMP_CMP_GE", 5, 0, {5, 6}}, OperatorCase{"SCMP_CMP_GT", 5, 0, {6}},
                    OperatorCase{"SCMP_CMP_MASKED_EQ", 3, 1, {5}}));

TEST(Seccomp, ArgumentsOfDifferentIndexAreAllNeeded) {
  const spec::Seccomp seccomp = Profile(
      "SCMP_ACT_ALLOW",
      {Rule({"getpriority"}, "SCMP_ACT_ERRNO",
            {{.index = 0, .value = 98, .op = "SCMP_CMP_EQ"}, {.index = 1, .value = 7, .op = "SCMP_CMP_EQ"}},
            ENOTTY)});
  EXPECT_EQ(ErrnoUnder(seccomp, [] { return syscall(SYS_getpriority, 98, 7); }), ENOTTY);
  EXPECT_EQ(ErrnoUnder(seccomp, [] { return syscall(SYS_getpriority, 98, 8); }), EINVAL);
}

TEST(Seccomp, ArgumentsOfOneIndexAreAlternatives) {
  const spec::Seccomp seccomp = Profile(
      "SCMP_ACT_ALLOW",
      {Rule({"getpriority"}, "SCMP_ACT_ERRNO",
            {{.index = 1, .value = 7, .op = "SCMP_CMP_EQ"}, {.index = 1, .value = 9, .op = "SCMP_CMP_EQ"}},
            ENOTTY)});
  EXPECT_EQ(ErrnoUnder(seccomp, [] { return syscall(SYS_getpriority, 98, 7); }), ENOTTY);
  EXPECT_EQ(ErrnoUnder(seccomp, [] { return syscall(SYS_getpriority, 98, 9); }), ENOTTY);
  EXPECT_EQ(ErrnoUnder(seccomp, [] { return syscall(SYS_getpriority, 98, 8); }), EINVAL);
}

TEST(Seccomp, UnknownNamesAndRulesOfTheDefaultActionAreLeftOut) {
  const spec::Seccomp plain = Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_ERRNO")});
  const spec::Seccomp more = Profile("SCMP_ACT_ALLOW", {Rule({"no_such_call", "getppid"}, "SCMP_ACT_ERRNO"),
                                                        Rule({"getpid"}, "SCMP_ACT_ALLOW")});
  StatusOr<SeccompProgram> a = CompileSeccomp(plain);
  StatusOr<SeccompProgram> b = CompileSeccomp(more);
  ASSERT_TRUE(a.ok() && b.ok()) << b.status();
  EXPECT_EQ(SerializeSeccomp(*a), SerializeSeccomp(*b));
}

TEST(Seccomp, RefusesWhatCannotWork) {
  EXPECT_EQ(CompileError(Profile("SCMP_ACT_NOTIFY", {})), "SCMP_ACT_NOTIFY cannot be used as default action");
  EXPECT_EQ(CompileError(Profile("SCMP_ACT_ALLOW", {Rule({"read", "write"}, "SCMP_ACT_NOTIFY")})),
            "syscalls[0]: SCMP_ACT_NOTIFY cannot be used for the write syscall");
  EXPECT_EQ(CompileError(Profile("SCMP_ACT_ALLOW", {Rule({"read"}, "SCMP_ACT_LOG", {}, 1)})),
            "syscalls[0]: SCMP_ACT_LOG does not take errnoRet");
  EXPECT_EQ(CompileError(Profile("SCMP_ACT_ALLOW", {Rule({"read"}, "SCMP_ACT_ERRNO", {}, 70000)})),
            "syscalls[0]: errnoRet 70000 is too large: libseccomp " + LibseccompVersion() +
                " accepts at most 4094");
  EXPECT_EQ(CompileError(Profile("SCMP_ACT_ALLOW",
                                 {Rule({"read"}, "SCMP_ACT_LOG", {{.index = 6, .op = "SCMP_CMP_EQ"}})})),
            "syscalls[0]: argument index 6 is out of range: use 0 to 5");
  spec::Seccomp seccomp = Profile("SCMP_ACT_ALLOW", {});
  seccomp.architectures = {"SCMP_ARCH_NONE"};
  EXPECT_EQ(CompileError(seccomp), "libseccomp " + LibseccompVersion() + " does not support SCMP_ARCH_NONE");
}

class EnosysStub : public testing::Test {
 protected:
  // Names all up to faccessat2 (439), except getppid.
  spec::Seccomp seccomp_ = Profile("SCMP_ACT_ERRNO", {Rule(AllNames(440, "getppid"), "SCMP_ACT_ALLOW")});
  void SetUp() override { seccomp_.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}; }
};

TEST_F(EnosysStub, AnswersForCallsNewerThanTheProfile) {
  EXPECT_EQ(ErrnoUnder(seccomp_, Newer), ENOSYS);
  EXPECT_EQ(ErrnoUnder(seccomp_, GetPpid), EPERM);
  EXPECT_EQ(ErrnoUnder(seccomp_, [] { return syscall(SYS_faccessat2, -1, "", 0, 0); }), ENOENT);
}

TEST_F(EnosysStub, CoversTheNativeArchitectureListedOrNot) {
  seccomp_.architectures = {};
  EXPECT_EQ(ErrnoUnder(seccomp_, Newer), ENOSYS);
  EXPECT_EQ(ErrnoUnder(seccomp_, GetPpid), EPERM);
}

TEST_F(EnosysStub, LeavesTheDefaultActionAloneWhereItMustNotHide) {
  seccomp_.default_errno_ret = ENOSYS;
  EXPECT_EQ(ErrnoUnder(seccomp_, GetPpid), ENOSYS);
  seccomp_.default_errno_ret = {};
  seccomp_.default_action = "SCMP_ACT_LOG";
  EXPECT_NE(ErrnoUnder(seccomp_, [] { return syscall(SYS_getppid); }), ENOSYS);
}

TEST_F(EnosysStub, IsNotThereWhereTheDefaultLetsNewerCallsThrough) {
  for (const char* action : {"SCMP_ACT_ALLOW", "SCMP_ACT_LOG"}) {
    const spec::Seccomp old =
        Profile(action, {Rule({"sched_yield"}, "SCMP_ACT_ERRNO")});  // has the greatest number
    EXPECT_EQ(ErrnoUnder(old, GetPpid), 0) << action;
  }
}

TEST_F(EnosysStub, HoldsForEveryDefaultThatRefuses) {
  seccomp_.default_action = "SCMP_ACT_KILL_PROCESS";
  EXPECT_EQ(ErrnoUnder(seccomp_, Newer), ENOSYS);
}

#ifdef __x86_64__
constexpr long kX32 = 0x40000000;

TEST_F(EnosysStub, TellsX32FromX8664) {
  // There is no rule for x32's getppid, whose number is below the greatest.
  EXPECT_EQ(ErrnoUnder(seccomp_, [] { return syscall(kX32 | SYS_getppid); }), EPERM);
  EXPECT_EQ(ErrnoUnder(seccomp_, [] { return syscall(kX32 | 600); }), ENOSYS);
  seccomp_.architectures = {"SCMP_ARCH_X86_64"};
  // If x32 is not in the profile, libseccomp's filter kills the process.
  const int status = InChild(seccomp_, [] { return syscall(kX32 | 600) < 0 ? errno : 0; });
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
}

// Calls getppid (64), and a number greater than all, through int 0x80, the 32-bit entry.
long Call32(long nr) {
  long result = 0;
  asm volatile("int $0x80" : "=a"(result) : "a"(nr) : "memory", "cc", "r8", "r9", "r10", "r11");
  return result;
}

// Some virtual machines do not have it: the program ends by SIGSEGV.
bool Has32BitEntry() {
  const pid_t pid = fork();
  if (pid == 0) _exit(Call32(20) == getpid() ? 0 : 1);
  int status = 0;
  return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(EnosysStub, CoversTheOtherArchitectures) {
  if (!Has32BitEntry()) GTEST_SKIP() << "this machine has no 32-bit system calls";
  const int newer = InChild(seccomp_, [] { return static_cast<int>(-Call32(460)); });
  EXPECT_EQ(WEXITSTATUS(newer), ENOSYS) << newer;
  const int refused = InChild(seccomp_, [] { return static_cast<int>(-Call32(64)); });
  EXPECT_EQ(WEXITSTATUS(refused), EPERM) << refused;
}
#endif

TEST(Seccomp, CompilesForForeignArchitecturesOfTheSameByteOrder) {
  for (const char* name : {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_RISCV64", "SCMP_ARCH_PPC64LE",
                           "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32"}) {
    spec::Seccomp seccomp = Profile("SCMP_ACT_ERRNO", {Rule(AllNames(512), "SCMP_ACT_ALLOW")});
    seccomp.architectures = {name};
    EXPECT_TRUE(CompileSeccomp(seccomp).ok()) << name << CompileSeccomp(seccomp).status();
  }
}

TEST(Seccomp, Flags) {
  spec::Seccomp seccomp = Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_ERRNO")});
  EXPECT_EQ(CompileSeccomp(seccomp)->flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  seccomp.flags.emplace();
  EXPECT_EQ(CompileSeccomp(seccomp)->flags, 0U);
  seccomp.flags = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC",
                   "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
  EXPECT_EQ(CompileSeccomp(seccomp)->flags, SECCOMP_FILTER_FLAG_LOG);
  EXPECT_EQ(ErrnoUnder(seccomp, GetPpid), EPERM);
}

TEST(Seccomp, NotifyGivesAListenerThatSeesTheCall) {
  spec::Seccomp seccomp = Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_NOTIFY")});
  seccomp.flags = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
  StatusOr<SeccompProgram> program = CompileSeccomp(seccomp);
  ASSERT_TRUE(program.ok()) << program.status();
  ASSERT_TRUE(program->notifies);
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    StatusOr<kernel::Fd> listener = InstallSeccomp(*program);
    if (!listener.ok() || !*listener) _exit(kNotInstalled);
    // The call is made by a child, which has the filter as well: a process on both ends would
    // wait for itself.
    const pid_t caller = fork();
    if (caller == 0) _exit(GetPpid() == 4242 ? 0 : 1);
    seccomp_notif request{};
    if (seccomp_notify_receive(listener->get(), &request) != 0 || request.data.nr != SYS_getppid) _exit(2);
    seccomp_notif_resp response{.id = request.id, .val = 4242};
    if (seccomp_notify_respond(listener->get(), &response) != 0) _exit(3);
    int status = 0;
    waitpid(caller, &status, 0);
    _exit(status == 0 ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "exit status " << WEXITSTATUS(status);
}

TEST(Seccomp, SupportedFlagsAreKnownToTheKernel) {
  const std::vector<std::string> flags = SupportedSeccompFlags();
  EXPECT_NE(std::find(flags.begin(), flags.end(), "SECCOMP_FILTER_FLAG_LOG"), flags.end());
  EXPECT_EQ(flags.size(), 4U);  // all are older than Linux 5.19
}

TEST(Seccomp, SerializedProgramsComeBackWholeOrNotAtAll) {
  const StatusOr<SeccompProgram> program =
      CompileSeccomp(Profile("SCMP_ACT_ALLOW", {Rule({"getppid"}, "SCMP_ACT_NOTIFY")}));
  ASSERT_TRUE(program.ok());
  const std::string bytes = SerializeSeccomp(*program);
  StatusOr<SeccompProgram> back = ParseSeccomp(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->notifies);
  EXPECT_EQ(back->flags, program->flags);
  EXPECT_EQ(SerializeSeccomp(*back), bytes);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(ParseSeccomp(bytes.substr(0, size)).ok()) << size;
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(ParseSeccomp(damaged).ok()) << i;
  }
}

}  // namespace
}  // namespace tare::security
