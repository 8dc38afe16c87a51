// Real programs: shell scripts in a temporary directory.
#include "hooks/run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "kernel/process.h"

namespace tare::hooks {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class Hooks : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-hooks-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // A script that runs in the test's directory.
  spec::Hook Script(const std::string& text, const std::string& name = "hook") const {
    std::ofstream(Path(name)) << "#!/bin/sh\ncd " << directory_ << "\n" << text << "\n";
    fs::permissions(Path(name), fs::perms::owner_all);
    return {.path = Path(name), .env = {{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}}};
  }

  Status RunHook(const spec::Hook& hook, const std::string& state = "{}") {
    return hooks::Run({hook}, "createRuntime", state);
  }

  // The error's text after "error running createRuntime hook #0: PATH: ".
  std::string Words(const Status& status) const {
    const std::string prefix = "error running createRuntime hook #0: " + Path("hook") + ": ";
    const std::string message(status.message());
    EXPECT_TRUE(absl::StartsWith(message, prefix)) << message;
    return message.substr(std::min(prefix.size(), message.size()));
  }

  std::string directory_;
};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A process that was killed, but has not been reaped by its new parent, counts as gone.
bool Alive(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const size_t end = stat.rfind(") ");
  return end != std::string::npos && stat[end + 2] != 'Z' && stat[end + 2] != 'X';
}

bool GoneSoon(const std::string& pid) {
  for (int i = 0; i < 100 && Alive(pid); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return !Alive(pid);
}

TEST_F(Hooks, NoHooksAreFine) {
  EXPECT_TRUE(hooks::Run({}, "poststop", "{}").ok());
}

TEST_F(Hooks, GetTheStateOnStandardInput) {
  EXPECT_TRUE(RunHook(Script("cat > state"), R"({"status":"created"})").ok());
  EXPECT_EQ(Read("state"), R"({"status":"created"})");
}

TEST_F(Hooks, GetALargeStateWhole) {
  const std::string state(3 << 20, 'x');
  EXPECT_TRUE(RunHook(Script("cat > state"), state).ok());
  EXPECT_EQ(Read("state"), state);
}

TEST_F(Hooks, NeedNotReadTheState) {
  EXPECT_TRUE(RunHook(Script("exec <&-; true"), std::string(3 << 20, 'x')).ok());
  EXPECT_TRUE(RunHook(Script("true"), "").ok());
}

TEST_F(Hooks, EachGetsTheStateFromItsStart) {
  const spec::Hook first = Script("cat > one", "hook1");
  const spec::Hook second = Script("cat /dev/stdin > two", "hook2");
  EXPECT_TRUE(hooks::Run({first, second}, "prestart", "{state}").ok());
  EXPECT_EQ(Read("one"), "{state}");
  EXPECT_EQ(Read("two"), "{state}");
}

TEST_F(Hooks, RunInOrderUntilOneFails) {
  const spec::Hook one = Script("echo one >> log", "one");
  const spec::Hook two = Script("echo two >> log; echo no >&2; exit 3", "two");
  const Status status = hooks::Run({one, two, one}, "poststart", "{}");
  EXPECT_EQ(status.message(), "error running poststart hook #1: " + Path("two") + ": exit status 3: no");
  EXPECT_EQ(Read("log"), "one\ntwo\n");
}

TEST_F(Hooks, GetArgumentsAndEnvironmentExactly) {
  spec::Hook hook{.path = "/bin/sh",
                  .args = {"name", "-c", "echo \"$0|$1|$#\" > args; env > env", "zero", "a b"}};
  hook.env = {{"A=1", "B=two words"}};
  hook.args[2] = "cd " + directory_ + "; echo \"$0|$1|$#\" > args; /usr/bin/env > env";
  ASSERT_TRUE(RunHook(hook).ok());
  EXPECT_EQ(Read("args"), "zero|a b|1\n");
  EXPECT_TRUE(absl::StrContains(Read("env"), "A=1\n")) << Read("env");
  EXPECT_TRUE(absl::StrContains(Read("env"), "B=two words\n"));
  EXPECT_FALSE(absl::StrContains(Read("env"), "PATH="));
}

TEST_F(Hooks, GetAnEmptyEnvironmentAndTheirPathAsNameIfNothingIsGiven) {
  spec::Hook hook = Script("cat /proc/$$/environ > environ; echo \"$0\" > name");
  hook.env->clear();
  ASSERT_TRUE(RunHook(hook).ok());
  EXPECT_EQ(Read("environ"), "");
  EXPECT_EQ(Read("name"), Path("hook") + "\n");
}

TEST_F(Hooks, InheritTheEnvironmentThatTheyAreNotGiven) {
  spec::Hook hook{.path = "/bin/sh", .args = {"sh", "-c", "cat /proc/$$/environ > " + Path("environ")}};
  setenv("TARE_HOOK_TEST", "inherited", 1);
  ASSERT_TRUE(RunHook(hook).ok());
  EXPECT_TRUE(absl::StrContains(Read("environ"), "TARE_HOOK_TEST=inherited"));
  unsetenv("TARE_HOOK_TEST");
  const std::vector<std::string> env = {"PATH=/bin:/usr/bin", "GIVEN=1"};
  ASSERT_TRUE(hooks::Run({hook}, "startContainer", "{}", {.env = &env}).ok());
  EXPECT_EQ(Read("environ"), std::string("PATH=/bin:/usr/bin\0GIVEN=1\0", 27));
}

TEST_F(Hooks, RunInTheDirectory) {
  const spec::Hook hook{.path = "/bin/sh", .args = {"sh", "-c", "echo here > file"}};
  const int directory = open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_TRUE(hooks::Run({hook}, "poststop", "{}", {.directory = directory}).ok());
  close(directory);
  EXPECT_EQ(Read("file"), "here\n");
}

TEST_F(Hooks, GetNoOtherDescriptors) {
  const int inherited = open("/dev/null", O_RDONLY);  // not close-on-exec
  const int high = fcntl(inherited, F_DUPFD, 500);
  EXPECT_TRUE(RunHook(Script("ls /proc/$$/fd > fds")).ok());
  close(inherited);
  close(high);
  // The shell itself has its script open, at 10 or above.
  EXPECT_TRUE(absl::StartsWith(Read("fds"), "0\n1\n")) << Read("fds");
  EXPECT_TRUE(absl::StrContains(Read("fds"), "2\n"));
  EXPECT_FALSE(absl::StrContains(Read("fds"), "500\n"));
  EXPECT_FALSE(absl::StrContains("\n" + Read("fds"), "\n" + std::to_string(inherited) + "\n"));
}

TEST_F(Hooks, HaveNoSignalBlockedOrIgnored) {
  const pid_t pid = fork();
  if (pid == 0) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    // grep(1), because a shell sets dispositions itself. It fails if no line matches.
    const Status any = RunHook(
        {.path = "/usr/bin/grep", .args = {"grep", "^Sig\\(Blk\\|Ign\\):.*[1-9a-f]", "/proc/self/status"}});
    const Status lines =
        RunHook({.path = "/usr/bin/grep", .args = {"grep", "^Sig\\(Blk\\|Ign\\):", "/proc/self/status"}});
    _exit(lines.ok() && !any.ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST_F(Hooks, ThatFailAreQuoted) {
  EXPECT_EQ(Words(RunHook(Script("exit 7"))), "exit status 7");
  EXPECT_EQ(Words(RunHook(Script("echo out; exit 1"))), "exit status 1 (stdout: out)");
  EXPECT_EQ(Words(RunHook(Script("echo out; echo err >&2; exit 1"))), "exit status 1: err (stdout: out)");
  EXPECT_EQ(Words(RunHook(Script("kill -TERM $$"))), "killed by signal 15 (SIGTERM)");
}

TEST_F(Hooks, AreQuotedFromTheEnd) {
  const Status status = RunHook(Script("head -c 300000 /dev/zero | tr '\\0' a >&2; echo END >&2; exit 1"));
  const std::string words = Words(status);
  EXPECT_TRUE(absl::StrContains(words, "aEND")) << words.substr(0, 80);
  EXPECT_LT(words.size(), 4200U);
  EXPECT_GT(words.size(), 4000U);
}

TEST_F(Hooks, ThatCannotBeExecutedAreErrors) {
  const Status missing = RunHook({.path = Path("hook")});
  EXPECT_EQ(Words(missing), "exec: no such file or directory");
  std::ofstream(Path("hook")) << "#!/bin/sh\n";
  const Status forbidden = RunHook({.path = Path("hook")});
  EXPECT_EQ(Words(forbidden), "exec: permission denied");
}

TEST_F(Hooks, ThatOutliveTheirTimeoutAreKilledWithTheirChildren) {
  spec::Hook hook = Script("sleep 60 & echo $! > child; echo $$ > self; echo busy >&2; wait");
  hook.timeout = 1;
  const Clock::time_point start = Clock::now();
  const Status status = RunHook(hook);
  EXPECT_EQ(Words(status), "hook ran past specified timeout of 1.0s, and was killed: busy");
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(SecondsSince(start), 1.0);
  EXPECT_LT(SecondsSince(start), 10.0);
  std::string child = Read("child");
  std::string self = Read("self");
  ASSERT_FALSE(child.empty() || self.empty());
  EXPECT_TRUE(GoneSoon(child.substr(0, child.size() - 1)));
  EXPECT_FALSE(Alive(self.substr(0, self.size() - 1)));
}

TEST_F(Hooks, ThatLeftTheirGroupAreKilledAsWell) {
  spec::Hook hook{.path = "/usr/bin/setsid", .args = {"setsid", "--wait", "/bin/sleep", "60"}, .timeout = 1};
  const Clock::time_point start = Clock::now();
  EXPECT_FALSE(RunHook(hook).ok());
  EXPECT_LT(SecondsSince(start), 10.0);
}

TEST_F(Hooks, ThatWriteWithoutEndStillTimeOut) {
  spec::Hook hook = Script("exec yes");
  hook.timeout = 1;
  const Clock::time_point start = Clock::now();
  EXPECT_FALSE(RunHook(hook).ok());
  EXPECT_LT(SecondsSince(start), 10.0);
}

TEST_F(Hooks, MayLeaveADaemonThatHoldsTheirOutput) {
  const Clock::time_point start = Clock::now();
  EXPECT_TRUE(RunHook(Script("sleep 30 & echo $! > daemon")).ok());
  EXPECT_LT(SecondsSince(start), 10.0);
  int daemon = 0;
  ASSERT_TRUE(absl::SimpleAtoi(Read("daemon"), &daemon));
  EXPECT_TRUE(Alive(std::to_string(daemon)));
  kill(daemon, SIGKILL);
}

TEST_F(Hooks, WithoutTimeoutMayTakeTheirTime) {
  EXPECT_TRUE(RunHook(Script("sleep 0.3")).ok());
}

TEST_F(Hooks, RunInAChildOfClone3AndItsNamespaces) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to make a pid namespace";
  const spec::Hook good = Script("echo $PPID > parent", "good");
  spec::Hook bad = Script("sleep 60", "bad");
  bad.timeout = 1;
  StatusOr<kernel::Child> child = kernel::Spawn({.flags = CLONE_NEWPID}, [&] {
    if (!hooks::Run({good}, "createContainer", "{}").ok()) return 1;
    return hooks::Run({bad}, "createContainer", "{}").code() == absl::StatusCode::kDeadlineExceeded ? 0 : 2;
  });
  ASSERT_TRUE(child.ok()) << child.status();
  StatusOr<int> status = kernel::Wait(*child);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(kernel::ExitCode(*status), 0);
  EXPECT_EQ(Read("parent"), "1\n");
}

// These are forked and not spawned, because they confine themselves before the exec.
TEST_F(Hooks, ThatAreConfinedRunLikeOthers) {
  const std::string script =
      "echo \"$0 $1 $GIVEN\" > seen; awk '{ print ($5 == $1 ? \"leads\" : \"is in\") \" a group\" }' "
      "/proc/$$/stat >> seen; ls /proc/$$/fd | grep -x 500 >> seen; true";
  const spec::Hook hook{.path = "/bin/sh", .args = {"sh", "-c", script, "zero", "one"}};
  // Fails if no line matches.
  const spec::Hook signals{.path = "/usr/bin/grep",
                           .args = {"grep", "^Sig\\(Blk\\|Ign\\):.*[1-9a-f]", "/proc/self/status"}};
  const std::vector<std::string> env = {"PATH=/usr/bin:/bin", "GIVEN=1"};
  const std::function<Status()> confine = [this] {
    std::ofstream(Path("confined")) << "yes";
    return absl::OkStatus();
  };
  const pid_t pid = fork();
  if (pid == 0) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    signal(SIGHUP, SIG_IGN);
    const int directory = open(directory_.c_str(), O_PATH | O_DIRECTORY);
    fcntl(directory, F_DUPFD, 500);  // not close-on-exec
    const Surroundings surroundings{.directory = directory, .env = &env, .confine = &confine};
    const bool ran = hooks::Run({hook}, "startContainer", "{}", surroundings).ok();
    _exit(ran && !hooks::Run({signals}, "startContainer", "{}", surroundings).ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Read("confined"), "yes");
  EXPECT_EQ(Read("seen"), "zero one 1\nleads a group\n");
}

TEST_F(Hooks, ThatCannotBeConfinedDoNotRun) {
  const std::function<Status()> confine = [] { return absl::InternalError("no filter"); };
  const Status status = hooks::Run({Script("touch ran")}, "createRuntime", "{}", {.confine = &confine});
  EXPECT_EQ(Words(status), "no filter");
  EXPECT_FALSE(fs::exists(Path("ran")));
}

TEST_F(Hooks, LeaveNoDescriptorsBehind) {
  const auto count = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = count();
  EXPECT_TRUE(RunHook(Script("true")).ok());
  EXPECT_FALSE(RunHook(Script("false")).ok());
  EXPECT_FALSE(RunHook({.path = Path("missing")}).ok());
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace tare::hooks
