// On a machine with cgroup v2 only (tests/vm has one): directories with names of their own, removed again.
#include "cgroup/v2/manager.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cgroup/layout.h"
#include "cgroup/process_cgroups.h"
#include "cgroup/select.h"
#include "kernel/file.h"

namespace tare::cgroup {
namespace {

// Forks and leaves the rest to the child, for a few seconds at most.
[[noreturn]] void ForkWithoutEnd() {
  for (const time_t end = time(nullptr) + 5; time(nullptr) < end;)
    if (fork() > 0) _exit(0);
  _exit(0);
}

class V2ManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "making cgroups takes root";
    if (!UnifiedAtUsualPlace()) GTEST_SKIP() << "no cgroup v2 at " << kUsualPlace;
    request_.container_id = "test";
    request_.cgroups_path = absl::StrCat("/tare-test-", getpid());
    auto manager = Select(request_);
    ASSERT_TRUE(manager.ok()) << manager.status();
    manager_ = *std::move(manager);
    path_ = manager_->paths().at("");
  }

  void TearDown() override {
    for (pid_t child : children_) kill(child, SIGKILL);
    if (manager_) {
      const std::unique_ptr<Manager> all = cgroup::Existing(manager_->paths());
      all->Thaw().IgnoreError();  // a test may have removed it
      all->SignalAll(SIGKILL).IgnoreError();
    }
    for (pid_t child : children_) waitpid(child, nullptr, 0);
    if (!manager_) return;
    EXPECT_EQ(cgroup::Existing(manager_->paths())->Remove(), absl::OkStatus());
  }

  // A child in the cgroup that runs `body` and ends with its result. With a negative result it
  // sleeps for ever.
  pid_t Clone(int cgroup, const std::function<int()>& body) {
    clone_args arguments{};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<uint64_t>(cgroup);
    const auto child = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
    if (child == 0) {
      const int result = body();
      if (result >= 0) _exit(result);
      for (;;) pause();
    }
    if (child > 0) children_.push_back(child);
    return child;
  }

  pid_t Sleeper() {
    auto directory = manager_->OpenForClone();
    EXPECT_TRUE(directory.ok()) << directory.status();
    return Clone(directory->get(), [] { return -1; });
  }

  int ExitCode(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    std::erase(children_, child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // 0, or the errno of opening the device, as a process in the cgroup sees it.
  int OpenInside(unsigned major, unsigned minor, int flags) {
    const std::string node = absl::StrCat("/dev/tare-test-", getpid());
    auto directory = manager_->OpenForClone();
    EXPECT_TRUE(directory.ok()) << directory.status();
    EXPECT_EQ(mknod(node.c_str(), S_IFCHR | 0600, makedev(major, minor)), 0);
    const int result = ExitCode(
        Clone(directory->get(), [&] { return open(node.c_str(), flags | O_CLOEXEC) >= 0 ? 0 : errno; }));
    unlink(node.c_str());
    return result;
  }

  std::string Value(const std::string& file) {
    StatusOr<std::string> text = kernel::ReadFile(absl::StrCat(path_, "/", file));
    return text.ok() ? std::string(absl::StripSuffix(*text, "\n")) : std::string(text.status().message());
  }

  Request request_;
  std::unique_ptr<Manager> manager_;
  std::string path_;
  std::vector<pid_t> children_;
};

TEST_F(V2ManagerTest, CreatesWithAllControllersAndRemoves) {
  request_.cgroups_path += "/a/b";
  auto nested = Select(request_);
  ASSERT_TRUE(nested.ok());
  ASSERT_EQ((*nested)->Create(0), absl::OkStatus());
  const std::string deep = (*nested)->paths().at("");
  EXPECT_EQ(*kernel::ReadFile(deep + "/cgroup.controllers"),
            *kernel::ReadFile("/sys/fs/cgroup/cgroup.controllers"));
  ASSERT_EQ((*nested)->Remove(), absl::OkStatus());
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
  EXPECT_EQ((*nested)->Remove(), absl::OkStatus());
}

TEST_F(V2ManagerTest, ARelativePathIsBelowTheRuntimesParent) {
  request_.cgroups_path = absl::StrCat("tare-test-", getpid());
  auto relative = Select(request_);
  ASSERT_TRUE(relative.ok()) << relative.status();
  const std::string& path = (*relative)->paths().at("");
  EXPECT_TRUE(absl::StartsWith(path, "/sys/fs/cgroup/")) << path;
  EXPECT_TRUE(absl::EndsWith(path, "/" + request_.cgroups_path)) << path;
}

TEST_F(V2ManagerTest, LimitsOfANewContainerAndUpdates) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.memory.limit = 64 << 20;
  resources.memory.swap = 96 << 20;
  resources.memory.reservation = 32 << 20;
  resources.cpu.shares = 1024;
  resources.cpu.quota = 50000;
  resources.cpu.period = 200000;
  resources.cpu.burst = 20000;
  resources.cpu.cpus = "0";
  resources.pids_limit = 99;
  resources.unified["memory.high"] = "50331648";
  resources.unified["cgroup.max.depth"] = "7";
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  EXPECT_EQ(Value("memory.max"), absl::StrCat(64 << 20));
  EXPECT_EQ(Value("memory.swap.max"), absl::StrCat(32 << 20));
  EXPECT_EQ(Value("memory.low"), absl::StrCat(32 << 20));
  EXPECT_EQ(Value("memory.high"), "50331648");
  EXPECT_EQ(Value("cpu.weight"), "100");
  EXPECT_EQ(Value("cpu.max"), "50000 200000");
  EXPECT_EQ(Value("cpu.max.burst"), "20000");
  EXPECT_EQ(Value("cpuset.cpus"), "0");
  EXPECT_EQ(Value("pids.max"), "99");
  EXPECT_EQ(Value("cgroup.max.depth"), "7");

  spec::Resources update;
  update.cpu.period = 300000;
  update.cpu.burst = 30000;
  update.pids_limit = -1;
  update.memory.limit = -1;
  ASSERT_EQ(manager_->Apply(update, true), absl::OkStatus());
  EXPECT_EQ(Value("cpu.max"), "50000 300000");
  EXPECT_EQ(Value("cpu.max.burst"), "30000");
  EXPECT_EQ(Value("pids.max"), "max");
  EXPECT_EQ(Value("memory.max"), "max");
  EXPECT_EQ(Value("memory.swap.max"), "max");

  update = {};
  update.cpu.quota = 10000;
  update.cpu.burst = 5000;
  ASSERT_EQ(manager_->Apply(update, true), absl::OkStatus());
  EXPECT_EQ(Value("cpu.max"), "10000 300000");
}

// "MAJOR:MINOR" of the machine's first disk.
std::string FirstDisk() {
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
    StatusOr<std::string> number = kernel::ReadFile(entry.path().string() + "/dev");
    if (number.ok()) return std::string(absl::StripSuffix(*number, "\n"));
  }
  return "";
}

TEST_F(V2ManagerTest, DisksAreThrottledAndWeighed) {
  const std::string disk = FirstDisk();
  if (disk.empty()) GTEST_SKIP() << "no disk in /sys/block";
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::ThrottleDevice limit = {.rate = 1 << 20};
  const std::vector<std::string> numbers = absl::StrSplit(disk, ':');
  ASSERT_TRUE(absl::SimpleAtoi(numbers[0], &limit.major) && absl::SimpleAtoi(numbers[1], &limit.minor));
  spec::Resources resources;
  resources.block_io.throttle_read_bps = {limit};
  resources.block_io.throttle_write_iops = {limit};
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  EXPECT_EQ(Value("io.max"), disk + " rbps=1048576 wbps=max riops=max wiops=1048576");
  resources.block_io.throttle_read_bps[0].rate = 0;
  ASSERT_EQ(manager_->Apply(resources, true), absl::OkStatus());
  EXPECT_EQ(Value("io.max"), disk + " rbps=max wbps=max riops=max wiops=1048576");

  resources = {};
  resources.block_io.weight = 500;
  const Status status = manager_->Apply(resources, true);
  if (access((path_ + "/io.bfq.weight").c_str(), F_OK) == 0)
    EXPECT_EQ(Value("io.bfq.weight"), "default 500");
  else if (access((path_ + "/io.weight").c_str(), F_OK) == 0)
    EXPECT_EQ(Value("io.weight"), "default 4950");
  else
    EXPECT_TRUE(absl::StrContains(status.message(), "weights require BFQ or io.cost")) << status;
}

TEST_F(V2ManagerTest, HugepagesThatTheMachineHasNotAreNamed) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.hugepage_limits = {{"3MB", 0}};
  const Status status = manager_->Apply(resources, false);
  EXPECT_TRUE(absl::StrContains(status.message(), "3MB")) << status;
  if (access((path_ + "/hugetlb.2MB.max").c_str(), F_OK) != 0) return;
  resources.hugepage_limits = {{"2MB", 4 << 20}};
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  EXPECT_EQ(Value("hugetlb.2MB.max"), "4194304");
  EXPECT_EQ(Value("hugetlb.2MB.rsvd.max"), "4194304");
}

TEST_F(V2ManagerTest, AMissingControllerIsNamed) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.unified["nosuch.max"] = "1";
  const Status status = manager_->Apply(resources, false);
  EXPECT_TRUE(absl::StrContains(status.message(), "controller nosuch is not available")) << status;
}

TEST_F(V2ManagerTest, AUnifiedKeyStaysInTheDirectory) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.unified["../cgroup.procs"] = "1";
  EXPECT_FALSE(manager_->Apply(resources, false).ok());
}

TEST_F(V2ManagerTest, DevicesFollowTheRulesAndTheirUpdate) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  ASSERT_EQ(manager_->Apply({}, false), absl::OkStatus());
  EXPECT_EQ(OpenInside(1, 3, O_RDWR), 0);
  EXPECT_EQ(OpenInside(1, 1, O_RDONLY), EPERM);

  spec::Resources resources;
  resources.devices = {{.allow = true, .type = 'c', .major = 1, .minor = 1, .access = "r"}};
  const std::unique_ptr<Manager> attached = cgroup::Existing(manager_->paths());
  ASSERT_EQ(attached->Apply(resources, true), absl::OkStatus());
  EXPECT_EQ(OpenInside(1, 1, O_RDONLY), 0);
  EXPECT_EQ(OpenInside(1, 1, O_RDWR), EPERM);

  ASSERT_EQ(attached->Apply({}, true), absl::OkStatus());
  EXPECT_EQ(OpenInside(1, 1, O_RDONLY), 0) << "an update without rules changes none";

  resources.devices[0].allow = false;
  ASSERT_EQ(attached->Apply(resources, true), absl::OkStatus());
  EXPECT_EQ(OpenInside(1, 1, O_RDONLY), EPERM);
}

TEST_F(V2ManagerTest, CloneEnters) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Sleeper();
  ASSERT_GT(child, 0);
  EXPECT_EQ(Value("cgroup.procs"), absl::StrCat(child));
}

TEST_F(V2ManagerTest, ACgroupWithOnlyInitInItIsFit) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Sleeper();
  EXPECT_FALSE((*Select(request_))->Create(0).ok());
  EXPECT_EQ((*Select(request_))->Create(child), absl::OkStatus());
}

TEST_F(V2ManagerTest, EnterMovesAProcessThatCameAnotherWay) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  children_.push_back(child);
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  EXPECT_EQ(Value("cgroup.procs"), absl::StrCat(child));
}

TEST_F(V2ManagerTest, FreezesAndKillsTheFrozen) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Sleeper();
  EXPECT_FALSE(*manager_->IsFrozen());
  ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
  EXPECT_TRUE(*manager_->IsFrozen());
  auto second = Select(request_);
  EXPECT_FALSE((*second)->Create(0).ok());
  ASSERT_EQ(manager_->SignalAll(SIGKILL), absl::OkStatus());
  EXPECT_EQ(ExitCode(child), 128 + SIGKILL);
  EXPECT_TRUE(absl::StrContains(Select(request_).value()->Create(0).message(), "unexpectedly frozen"));
  ASSERT_EQ(manager_->Thaw(), absl::OkStatus());
  EXPECT_EQ(manager_->Remove(), absl::OkStatus());
}

TEST_F(V2ManagerTest, WhatIsFrozenStandsStill) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  auto directory = manager_->OpenForClone();
  ASSERT_TRUE(directory.ok()) << directory.status();
  for (int i = 0; i < 8; ++i) {
    Clone(directory->get(), [] {
      for (;;) (void)getppid();
      return 0;
    });
  }
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
    EXPECT_TRUE(absl::StrContains(Value("cgroup.events"), "frozen 1"));
    ASSERT_EQ(manager_->Thaw(), absl::OkStatus());
  }
}

TEST_F(V2ManagerTest, OtherSignalsReachAllOnce) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t one = Sleeper();
  const pid_t two = Sleeper();
  EXPECT_EQ(manager_->Pids()->size(), 2U);
  ASSERT_EQ(manager_->SignalAll(SIGTERM), absl::OkStatus());
  EXPECT_EQ(ExitCode(one), 128 + SIGTERM);
  EXPECT_EQ(ExitCode(two), 128 + SIGTERM);
}

TEST_F(V2ManagerTest, AForkBombEnds) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.pids_limit = 60;
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  auto directory = manager_->OpenForClone();
  Clone(directory->get(), [] {
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) ForkWithoutEnd();
    return -1;
  });
  usleep(50000);
  ASSERT_EQ(manager_->SignalAll(SIGKILL), absl::OkStatus());
  EXPECT_EQ(manager_->Remove(), absl::OkStatus());
}

TEST_F(V2ManagerTest, SeesAnOomKill) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.memory.limit = resources.memory.swap = 4 << 20;
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  EXPECT_FALSE(manager_->OomKilled());
  auto directory = manager_->OpenForClone();
  const pid_t child = Clone(directory->get(), [] {
    void* memory = mmap(nullptr, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 64 << 20);
    return 0;
  });
  EXPECT_EQ(ExitCode(child), 128 + SIGKILL);
  EXPECT_TRUE(manager_->OomKilled());
}

TEST_F(V2ManagerTest, CheckBeforeUpdateRefusesALimitBelowTheUsage) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  auto directory = manager_->OpenForClone();
  const pid_t user = Clone(directory->get(), [] {
    void* memory = mmap(nullptr, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 8 << 20);
    raise(SIGSTOP);
    return 0;
  });
  ASSERT_EQ(waitpid(user, nullptr, WUNTRACED), user);
  spec::Resources resources;
  resources.memory.limit = 1 << 20;
  resources.memory.check_before_update = true;
  for (const Status& refused : {manager_->Check(resources, true), manager_->Apply(resources, true)})
    EXPECT_TRUE(absl::StrContains(refused.message(), "rejecting memory limit 1048576 <= usage")) << refused;
  EXPECT_EQ(Value("memory.max"), "max");
}

TEST_F(V2ManagerTest, WithoutPrivilegeAContainerGoesWithoutUnlessAPathWasAskedFor) {
  Request rootless = {.container_id = request_.container_id, .rootless = true};
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
    auto manager = Select(rootless);
    if (!manager.ok() || !(*manager)->Create(0).ok()) _exit(2);
    if (!(*manager)->paths().empty() || !(*manager)->Apply({}, false).ok()) _exit(3);
    spec::Resources limited;
    limited.pids_limit = 5;
    if ((*manager)->Apply(limited, false).ok()) _exit(4);
    rootless.cgroups_path = request_.cgroups_path;
    manager = Select(rootless);
    _exit(manager.ok() && (*manager)->Create(0).ok() ? 5 : 0);
  }
  EXPECT_EQ(ExitCode(child), 0);
}

TEST_F(V2ManagerTest, RefusesAPopulatedCgroupAndLeavesIt) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Sleeper();
  auto second = Select(request_);
  const Status status = (*second)->Create(0);
  EXPECT_TRUE(absl::StrContains(status.message(), "container's cgroup is not empty: 1 process(es)"))
      << status;
  EXPECT_EQ((*second)->Remove(), absl::OkStatus());
  EXPECT_EQ(Value("cgroup.procs"), absl::StrCat(child));
}

// The container's init has moved itself below, and enabled controllers: its first cgroup may hold
// no process now.
TEST_F(V2ManagerTest, ExecFallsBackToInitsCgroup) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t init = Sleeper();
  ASSERT_EQ(kernel::MakeDirectories(path_ + "/sub", 0755), absl::OkStatus());
  ASSERT_EQ(kernel::WriteFile(path_ + "/sub/cgroup.procs", absl::StrCat(init)), absl::OkStatus());
  ASSERT_EQ(kernel::WriteFile(path_ + "/cgroup.subtree_control", "+memory"), absl::OkStatus());
  auto own = manager_->OpenForClone();
  EXPECT_EQ(Clone(own->get(), [] { return 0; }), -1);
  EXPECT_EQ(errno, EBUSY);
  const StatusOr<Paths> present = CgroupsOfProcess(init, manager_->paths());
  ASSERT_TRUE(present.ok()) << present.status();
  EXPECT_EQ(*present, Paths({{"", path_ + "/sub"}}));
  auto directory = cgroup::Existing(*present)->OpenForClone();
  ASSERT_TRUE(directory.ok()) << directory.status();
  EXPECT_EQ(ExitCode(Clone(directory->get(), [] { return 0; })), 0);
  EXPECT_EQ(manager_->Pids()->size(), 1U);
}

TEST_F(V2ManagerTest, ACgroupBelowAPopulatedOneWithControllersIsThreadedAndHasNoMemoryLimit) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  Sleeper();
  ASSERT_EQ(kernel::MakeDirectories(path_ + "/one", 0755), absl::OkStatus());
  ASSERT_EQ(kernel::WriteFile(path_ + "/one/cgroup.type", "threaded"), absl::OkStatus());
  request_.cgroups_path += "/two";
  auto below = Select(request_);
  ASSERT_EQ((*below)->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.memory.limit = 64 << 20;
  const Status status = (*below)->Apply(resources, false);
  EXPECT_TRUE(absl::StrContains(status.message(), "controller memory is not available")) << status;
  auto directory = (*below)->OpenForClone();
  EXPECT_EQ(ExitCode(Clone(directory->get(), [] { return 0; })), 0);
}

TEST_F(V2ManagerTest, AThreadedContainersProcessesAreListedAndKilled) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  ASSERT_EQ(kernel::MakeDirectories(path_ + "/one", 0755), absl::OkStatus());
  ASSERT_EQ(kernel::WriteFile(path_ + "/one/cgroup.type", "threaded"), absl::OkStatus());
  request_.cgroups_path += "/two";
  auto below = Select(request_);
  ASSERT_EQ((*below)->Create(0), absl::OkStatus());
  auto directory = (*below)->OpenForClone();
  const pid_t child = Clone(directory->get(), [] { return -1; });
  EXPECT_EQ(*(*below)->Pids(), std::vector<pid_t>{child});
  ASSERT_EQ((*below)->SignalAll(SIGKILL), absl::OkStatus());
  EXPECT_EQ(ExitCode(child), 128 + SIGKILL);
  EXPECT_EQ((*below)->Remove(), absl::OkStatus());
}

TEST_F(V2ManagerTest, ACgroupBelowAPopulatedOneLeavesItADomain) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  Sleeper();
  request_.cgroups_path += "/below";
  auto below = Select(request_);
  ASSERT_EQ((*below)->Create(0), absl::OkStatus());
  EXPECT_EQ(Value("cgroup.type"), "domain");
  EXPECT_EQ(Value("below/cgroup.type"), "domain");
  EXPECT_EQ((*below)->Apply({}, false), absl::OkStatus());
  spec::Resources resources;
  resources.pids_limit = 7;
  const Status status = (*below)->Apply(resources, false);
  EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat(path_, " holds processes"))) << status;
  EXPECT_EQ(Value("cgroup.type"), "domain");
}

TEST_F(V2ManagerTest, DelegatesTheFilesOfTheKernelsList) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  ASSERT_EQ(manager_->Delegate(12345), absl::OkStatus());
  const auto owner = [&](const std::string& file) {
    struct stat st {};
    EXPECT_EQ(stat((path_ + "/" + file).c_str(), &st), 0) << file;
    return st.st_uid;
  };
  EXPECT_EQ(owner(""), 12345U);
  EXPECT_EQ(owner("cgroup.procs"), 12345U);
  EXPECT_EQ(owner("cgroup.subtree_control"), 12345U);
  EXPECT_EQ(owner("pids.max"), 0U);
}

}  // namespace
}  // namespace tare::cgroup
