#include "door/perform.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "door/executable.h"
#include "kernel/memfd.h"
#include "kernel/process.h"

namespace tare::door {
namespace {

constexpr uint64_t Bit(int capability) {
  return uint64_t{1} << capability;
}
constexpr uint64_t kAll = ~uint64_t{0};

std::string FieldOf(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  return "";
}

uint64_t SetOf(const std::string& name) {
  uint64_t set = 0;
  return absl::SimpleHexAtoi(FieldOf(name), &set) ? set : 0;
}

// Runs `body` in a child process, which can give up privileges. Its result is 0 on success.
int InChild(absl::FunctionRef<int()> body) {
  return kernel::ExitCode(kernel::Wait(kernel::Spawn({}, body).value()).value());
}

bool Fails(const Act& act, Step step, int error, uint32_t detail) {
  const Failure failure = TakeIdentity(act);
  return failure && failure.step == step && failure.error == error && failure.detail == detail;
}

class ActTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

TEST_F(ActTest, TheBoundingSetKeepsWhatIsWanted) {
  EXPECT_EQ(InChild([] {
              if (TakeIdentity({.bounding = Bit(CAP_CHOWN) | Bit(CAP_KILL)})) return 1;
              return SetOf("CapBnd") == (Bit(CAP_CHOWN) | Bit(CAP_KILL)) ? 0 : 2;
            }),
            0);
}

TEST_F(ActTest, DroppingWithoutThePrivilegeIsAnErrorOnlyIfThereIsSomethingToDrop) {
  EXPECT_EQ(InChild([] {
              if (TakeIdentity({.bounding = Bit(CAP_CHOWN)})) return 1;
              if (TakeIdentity({.bounding = Bit(CAP_CHOWN)})) return 2;
              return Fails({.bounding = 0}, Step::kBoundingSet, EPERM, CAP_CHOWN) ? 0 : 3;
            }),
            0);
}

TEST_F(ActTest, CapabilitiesSurviveTheChangeOfUser) {
  EXPECT_EQ(InChild([] {
              const CapabilitySets sets{.effective = Bit(CAP_NET_BIND_SERVICE),
                                        .permitted = Bit(CAP_NET_BIND_SERVICE) | Bit(CAP_KILL),
                                        .inheritable = Bit(CAP_NET_BIND_SERVICE) | Bit(CAP_KILL)};
              if (TakeIdentity({.user = 65534,
                                .group = 65533,
                                .bounding = kAll,
                                .capabilities = sets,
                                .ambient = Bit(CAP_NET_BIND_SERVICE)}))
                return 1;
              if (SetOf("CapEff") != sets.effective) return 2;
              if (SetOf("CapPrm") != sets.permitted) return 3;
              if (SetOf("CapInh") != sets.inheritable) return 4;
              if (SetOf("CapAmb") != Bit(CAP_NET_BIND_SERVICE)) return 5;
              return getuid() == 65534 && getgid() == 65533 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 6;
            }),
            0);
}

TEST_F(ActTest, ARootWithFewerCapabilitiesCannotBeTraced) {
  EXPECT_EQ(InChild([] {
              const uint64_t kill = Bit(CAP_KILL);
              if (prctl(PR_SET_DUMPABLE, 1) != 0) return 1;
              if (TakeIdentity({.bounding = kAll, .capabilities = {kill, kill, 0}})) return 2;
              return prctl(PR_GET_DUMPABLE) == 0 ? 0 : 3;
            }),
            0);
}

TEST_F(ActTest, OldAmbientCapabilitiesEnd) {
  EXPECT_EQ(InChild([] {
              const uint64_t both = Bit(CAP_KILL) | Bit(CAP_SETUID) | Bit(CAP_SETGID);
              Act act{.bounding = kAll, .capabilities = {both, both, both}, .ambient = both};
              if (TakeIdentity(act)) return 1;
              act.ambient = Bit(CAP_SETUID);
              if (TakeIdentity(act)) return 2;
              return SetOf("CapAmb") == Bit(CAP_SETUID) ? 0 : 3;
            }),
            0);
}

TEST_F(ActTest, AFailureNamesItsStep) {
  EXPECT_EQ(
      InChild([] {
        const uint64_t ids = Bit(CAP_SETUID) | Bit(CAP_SETGID);
        if (TakeIdentity({.bounding = kAll, .capabilities = {ids, ids, 0}})) return 1;
        if (!Fails({.bounding = kAll, .capabilities = {0, Bit(CAP_CHOWN), 0}}, Step::kCapabilities, EPERM, 0))
          return 2;
        const Act act{.bounding = kAll, .capabilities = {ids, ids, 0}, .ambient = Bit(CAP_SETUID)};
        return Fails(act, Step::kAmbientSet, EPERM, CAP_SETUID) ? 0 : 3;
      }),
      0);
}

TEST_F(ActTest, WithoutTheRuntimeNothingGoesOn) {
  EXPECT_EQ(InChild([] {
              int ends[2];
              if (pipe(ends) != 0) return 1;
              close(ends[1]);
              bool started = false;
              // Ready cannot be sent through the reading end; the runtime's end is closed.
              const Failure failure = AwaitStart({.channel = ends[0], .sends_ready = true}, started);
              return failure && failure.step == Step::kSend && !started ? 0 : 2;
            }),
            0);
}

std::string BlockOf(Act act, absl::string_view path) {
  const std::string text = std::string(path) + '\0';
  act.path = act.text = {.offset = sizeof act, .size = static_cast<uint32_t>(text.size())};
  return std::string(reinterpret_cast<const char*>(&act), sizeof act) + text;
}

// Runs `look` while the stub waits for the runtime, in a process that has `become` somebody before.
void WhileTheStubWaits(absl::FunctionRef<bool()> become, absl::FunctionRef<void(const std::string&)> look) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
  const StatusOr<Executable> door = Executable::Make();
  ASSERT_TRUE(door.ok()) << door.status();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    const Act act{.channel = ends[1], .sends_contained = true, .bounding = kAll};
    if (become()) (void)door->Execute(BlockOf(act, "/bin/true"), {ends[1]}, {"true"}, {});
    _exit(1);
  }
  close(ends[1]);
  char tag = 0;
  EXPECT_EQ(read(ends[0], &tag, 1), 1);
  EXPECT_EQ(tag, kContained);
  look("/proc/" + std::to_string(pid));
  kill(pid, SIGKILL);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  close(ends[0]);
}

TEST_F(ActTest, TheStubCannotBeChanged) {
  WhileTheStubWaits([] { return true; },
                    [](const std::string& process) {
                      const int fd = open((process + "/exe").c_str(), O_RDONLY);
                      EXPECT_TRUE(kernel::IsSealed(fd));
                      close(fd);
                    });
}

// The files of a process that may not be traced by its own user belong to root (proc(5), "/proc/pid").
TEST_F(ActTest, TheStubCannotBeTraced) {
  WhileTheStubWaits([] { return setresuid(65534, 65534, 65534) == 0; },
                    [](const std::string& process) {
                      struct stat st {};
                      EXPECT_EQ(stat((process + "/environ").c_str(), &st), 0);
                      EXPECT_EQ(st.st_uid, 0U);
                    });
}

TEST_F(ActTest, ALabelIsNotWrittenThroughAMount) {
  EXPECT_EQ(InChild([] {
              if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, "") != 0) return 1;
              if (mount("/dev/null", "/proc/thread-self/attr/exec", "", MS_BIND, "") != 0) return 2;
              const std::string label = "label";
              std::string block = BlockOf({.procfs = open("/proc", O_PATH)}, label);
              Act& act = *reinterpret_cast<Act*>(block.data());
              act.selinux = act.path;
              return Fails(act, Step::kSelinux, EXDEV, 0) ? 0 : 3;
            }),
            0);
}

// The stub is executed from a file that nobody can change, and tells what it could not do.
TEST_F(ActTest, TheStubReportsItsFailure) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, 0), 0);
  StatusOr<Executable> door = Executable::Make();
  ASSERT_TRUE(door.ok()) << door.status();
  constexpr char kPath[] = "/nonesuch/program";
  const std::string block = BlockOf({.channel = ends[1], .bounding = kAll}, kPath);
  EXPECT_EQ(InChild([&] { return door->Execute(block, {ends[1]}, {"program"}, {}).ok() ? 2 : 3; }), 1);
  close(ends[1]);
  char message[512];
  const ssize_t size = read(ends[0], message, sizeof message);
  ASSERT_GE(size, static_cast<ssize_t>(sizeof(Report)));
  Report report;
  memcpy(&report, message, sizeof report);
  EXPECT_EQ(report.tag, kFailed);
  EXPECT_EQ(report.kind, kReport);
  EXPECT_EQ(report.failure.step, Step::kExecute);
  EXPECT_EQ(report.failure.error, ENOENT);
  EXPECT_EQ(std::string(message + sizeof report), kPath);
  close(ends[0]);
}

TEST_F(ActTest, TheStubExecutesTheProgramWithItsArguments) {
  StatusOr<Executable> door = Executable::Make();
  ASSERT_TRUE(door.ok()) << door.status();
  const std::string block =
      BlockOf({.bounding = kAll, .capabilities = {Bit(CAP_KILL), Bit(CAP_KILL), 0}}, "/bin/sh");
  EXPECT_EQ(InChild([&] {
              (void)door->Execute(block, {}, {"name", "-c", "test \"$0 $1 $VALUE\" = 'a b c'", "a", "b"},
                                  {"VALUE=c"});
              return 99;
            }),
            0);
}

}  // namespace
}  // namespace tare::door
