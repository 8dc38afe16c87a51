// On this machine's own v1 hierarchies: directories with names of their own, removed again.
#include "cgroup/v1/manager.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cgroup/select.h"
#include "kernel/file.h"

namespace tare::cgroup {
namespace {

std::string ReadAll(const std::string& path) {
  StatusOr<std::string> text = kernel::ReadFile(path);
  return text.ok() ? std::string(absl::StripSuffix(*text, "\n")) : std::string(text.status().message());
}

// Forks and leaves the rest to the child, for a few seconds at most.
[[noreturn]] void KeepForking() {
  for (const time_t end = time(nullptr) + 5; time(nullptr) < end;)
    if (fork() > 0) _exit(0);
  _exit(0);
}

// A process that has to be stopped in the midst of its work.
pid_t Busy() {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  for (;;) (void)getppid();
}

class V1ManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "making cgroups takes root";
    request_.container_id = "test";
    request_.cgroups_path = absl::StrCat("/tare-test-", getpid());
    auto manager = Select(request_);
    ASSERT_TRUE(manager.ok()) << manager.status();
    if ((*manager)->unified()) GTEST_SKIP() << "this machine has cgroup v2 only";
    if (!(*manager)->paths().contains("memory")) GTEST_SKIP() << "no memory controller on v1 here";
    manager_ = *std::move(manager);
  }

  void TearDown() override {
    for (pid_t child : children_) kill(child, SIGKILL);
    for (pid_t child : children_) waitpid(child, nullptr, 0);
    if (!manager_) return;
    const std::unique_ptr<Manager> all = cgroup::Existing(manager_->paths());
    all->Thaw().IgnoreError();  // a test may have removed it
    EXPECT_EQ(all->Remove(), absl::OkStatus());
  }

  // A child that runs `body` and then sleeps.
  pid_t Spawn(const std::function<void()>& body) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
      body();
      if (write(ready[1], "", 1) != 1) _exit(1);
      for (;;) pause();
    }
    close(ready[1]);
    char byte;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    children_.push_back(child);
    return child;
  }

  std::string Value(const std::string& controller, const std::string& file) {
    return ReadAll(absl::StrCat(manager_->paths().at(controller), "/", file));
  }

  Request request_;
  std::unique_ptr<Manager> manager_;
  std::vector<pid_t> children_;
};

TEST_F(V1ManagerTest, CreatesADirectoryInEachHierarchyAndRemovesIt) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  for (const auto& [controller, path] : manager_->paths()) EXPECT_EQ(access(path.c_str(), F_OK), 0) << path;
  EXPECT_FALSE(Value("cpuset", "cpuset.cpus").empty());
  EXPECT_FALSE(Value("cpuset", "cpuset.mems").empty());
  ASSERT_EQ(manager_->Remove(), absl::OkStatus());
  for (const auto& [controller, path] : manager_->paths()) EXPECT_NE(access(path.c_str(), F_OK), 0) << path;
  EXPECT_EQ(manager_->Remove(), absl::OkStatus());
}

TEST_F(V1ManagerTest, AProcessWalksIn) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  auto entry_fds = manager_->OpenEntryFds();
  ASSERT_TRUE(entry_fds.ok()) << entry_fds.status();
  const pid_t child = Spawn([&] {
    if (!EnterThrough(*entry_fds).ok()) _exit(1);
  });
  for (const auto& [controller, path] : manager_->paths()) {
    if (controller.empty()) continue;  // a cgroup2 beside v1 is entered by being born there
    EXPECT_EQ(ReadAll(path + "/cgroup.procs"), absl::StrCat(child)) << path;
  }
}

TEST_F(V1ManagerTest, MemoryIsEnteredLast) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const std::vector<kernel::Fd> entry_fds = manager_->OpenEntryFds().value();
  ASSERT_FALSE(entry_fds.empty());
  const std::string last = absl::StrCat("/proc/self/fd/", entry_fds.back().get());
  EXPECT_EQ(std::filesystem::read_symlink(last).string(), manager_->paths().at("memory") + "/tasks");
  const pid_t child = Spawn([] {});
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  EXPECT_EQ(Value("pids", "cgroup.procs"), absl::StrCat(child));
  EXPECT_EQ(Value("memory", "cgroup.procs"), absl::StrCat(child));
}

TEST_F(V1ManagerTest, MemoryLimitsGoUpAndDown) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const bool swap =
      access((manager_->paths().at("memory") + "/memory.memsw.limit_in_bytes").c_str(), F_OK) == 0;
  const auto limit = [&](int64_t bytes) {
    spec::Resources resources;
    resources.memory.limit = bytes;
    if (swap) resources.memory.swap = bytes;
    return manager_->Apply(resources, true);
  };
  for (const int64_t megabytes : {64, 256, 32, 512}) {
    ASSERT_EQ(limit(megabytes << 20), absl::OkStatus());
    EXPECT_EQ(Value("memory", "memory.limit_in_bytes"), absl::StrCat(megabytes << 20));
    if (swap) {
      EXPECT_EQ(Value("memory", "memory.memsw.limit_in_bytes"), absl::StrCat(megabytes << 20));
    }
  }
  ASSERT_EQ(limit(-1), absl::OkStatus());
  EXPECT_GT(Value("memory", "memory.limit_in_bytes").size(), 15U);
}

TEST_F(V1ManagerTest, CpuQuotaAndPeriodInEitherOrder) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const auto limit = [&](int64_t quota, uint64_t period, uint64_t burst) {
    spec::Resources resources;
    resources.cpu.quota = quota;
    resources.cpu.period = period;
    resources.cpu.burst = burst;
    return manager_->Apply(resources, true);
  };
  EXPECT_EQ(limit(50000, 100000, 40000), absl::OkStatus());
  EXPECT_EQ(limit(5000, 10000, 4000), absl::OkStatus());
  EXPECT_EQ(limit(500000, 1000000, 400000), absl::OkStatus());
  EXPECT_EQ(Value("cpu", "cpu.cfs_quota_us"), "500000");
  EXPECT_EQ(Value("cpu", "cpu.cfs_period_us"), "1000000");
}

TEST_F(V1ManagerTest, LimitsAndDevicesOfANewContainer) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.pids_limit = 17;
  resources.cpu.shares = 512;
  resources.cpu.cpus = "0";
  resources.devices = {{.allow = false, .type = 'a', .access = "rwm"},
                       {.allow = true, .type = 'c', .major = 10, .minor = 200, .access = "rw"}};
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  EXPECT_EQ(Value("pids", "pids.max"), "17");
  EXPECT_EQ(Value("cpu", "cpu.shares"), "512");
  EXPECT_EQ(Value("cpuset", "cpuset.cpus"), "0");
  const std::string devices = Value("devices", "devices.list");
  EXPECT_TRUE(absl::StrContains(devices, "c 10:200 rw\n")) << devices;
  EXPECT_TRUE(absl::StrContains(devices, "c 1:3 rwm\n")) << devices;
  EXPECT_FALSE(absl::StrContains(devices, "a *:* rwm")) << devices;
}

TEST_F(V1ManagerTest, AWeightWithoutASchedulerForItSaysSo) {
  if (!manager_->paths().contains("blkio")) GTEST_SKIP() << "no blkio controller here";
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.block_io.weight = 500;
  const Status status = manager_->Apply(resources, false);
  const std::string directory = manager_->paths().at("blkio");
  if (access((directory + "/blkio.weight").c_str(), F_OK) == 0)
    EXPECT_EQ(Value("blkio", "blkio.weight"), "500");
  else if (access((directory + "/blkio.bfq.weight").c_str(), F_OK) == 0)
    EXPECT_EQ(Value("blkio", "blkio.bfq.weight"), "500");
  else
    EXPECT_TRUE(absl::StrContains(status.message(), "weights require the BFQ scheduler")) << status;
}

TEST_F(V1ManagerTest, ALimitWithoutItsControllerNamesIt) {
  if (manager_->paths().contains("rdma")) GTEST_SKIP() << "rdma is mounted here";
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.rdma["mlx5_0"].hca_handles = 2;
  const Status status = manager_->Apply(resources, false);
  EXPECT_TRUE(absl::StrContains(status.message(), "rdma cgroup")) << status;
}

TEST_F(V1ManagerTest, FreezesAndThaws) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Spawn([] {});
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  EXPECT_FALSE(*manager_->IsFrozen());
  ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
  EXPECT_TRUE(*manager_->IsFrozen());
  ASSERT_EQ(manager_->Thaw(), absl::OkStatus());
  EXPECT_FALSE(*manager_->IsFrozen());
}

TEST_F(V1ManagerTest, WhatIsFrozenStandsStill) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  for (int i = 0; i < 8; ++i) children_.push_back(Busy());
  for (pid_t child : children_) ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
    EXPECT_EQ(Value("freezer", "freezer.state"), "FROZEN");
    ASSERT_EQ(manager_->Thaw(), absl::OkStatus());
  }
}

TEST_F(V1ManagerTest, SigkillReachesAFrozenCgroupAndThoseBelow) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Spawn([] {});
  const pid_t below = Spawn([] {});
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  const std::string sub = manager_->paths().at("freezer") + "/sub";
  ASSERT_EQ(kernel::MakeDirectories(sub, 0755), absl::OkStatus());
  ASSERT_EQ(kernel::WriteFile(sub + "/cgroup.procs", absl::StrCat(below)), absl::OkStatus());
  ASSERT_EQ(manager_->Pids()->size(), 2U);
  ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
  ASSERT_EQ(manager_->SignalAll(SIGKILL), absl::OkStatus());
  for (pid_t pid : children_) {
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  }
  children_.clear();
  EXPECT_TRUE(manager_->Pids()->empty());
}

// A tree of processes that never stops forking is dead in the end.
TEST_F(V1ManagerTest, AForkBombEnds) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.pids_limit = 60;
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  auto entry_fds = manager_->OpenEntryFds();
  const pid_t bomb = Spawn([&] {
    if (!EnterThrough(*entry_fds).ok()) _exit(1);
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) KeepForking();
  });
  usleep(20000);
  ASSERT_EQ(manager_->SignalAll(SIGKILL), absl::OkStatus());
  waitpid(bomb, nullptr, 0);
  children_.clear();
  EXPECT_EQ(manager_->Remove(), absl::OkStatus());
}

TEST_F(V1ManagerTest, RemoveWaitsForTheDying) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Spawn([] {});
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  const pid_t killer = fork();
  if (killer == 0) {
    usleep(50000);
    kill(child, SIGKILL);
    _exit(0);
  }
  EXPECT_EQ(manager_->Remove(), absl::OkStatus());
  EXPECT_EQ(waitpid(killer, nullptr, 0), killer);
}

TEST_F(V1ManagerTest, OtherSignalsReachAllOnceAndAFrozenCgroupStaysFrozen) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Spawn([] {});
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
  ASSERT_EQ(manager_->SignalAll(SIGTERM), absl::OkStatus());
  EXPECT_TRUE(*manager_->IsFrozen());
  EXPECT_EQ(waitpid(child, nullptr, WNOHANG), 0);
  ASSERT_EQ(manager_->Thaw(), absl::OkStatus());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  children_.clear();
}

TEST_F(V1ManagerTest, DevicesOpenAsTheRulesSay) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  ASSERT_EQ(manager_->Apply({}, false), absl::OkStatus());
  const std::string node = absl::StrCat("/dev/tare-test-", getpid());
  ASSERT_EQ(mknod(node.c_str(), S_IFCHR | 0600, makedev(1, 1)), 0);
  auto entry_fds = manager_->OpenEntryFds();
  const pid_t child = fork();
  if (child == 0) {
    if (!EnterThrough(*entry_fds).ok()) _exit(1);
    if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) _exit(2);
    _exit(open(node.c_str(), O_RDONLY | O_CLOEXEC) < 0 && errno == EPERM ? 0 : 3);
  }
  int status = -1;
  waitpid(child, &status, 0);
  unlink(node.c_str());
  EXPECT_EQ(status, 0);
}

TEST_F(V1ManagerTest, AMemoryLimitBelowTheUsageIsRefusedWithNumbers) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  auto entry_fds = manager_->OpenEntryFds();
  const pid_t child = Spawn([&] {
    if (!EnterThrough(*entry_fds).ok()) _exit(1);
    void* memory = mmap(nullptr, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) _exit(1);
    memset(memory, 1, 8 << 20);
    mlock(memory, 8 << 20);
  });
  ASSERT_GT(child, 0);
  resources.memory.limit = 1 << 20;
  resources.memory.check_before_update = true;
  for (const Status& refused : {manager_->Check(resources, true), manager_->Apply(resources, true)})
    EXPECT_TRUE(absl::StrContains(refused.message(), "rejecting memory limit 1048576")) << refused;
  resources.memory.swap = 1 << 20;
  EXPECT_TRUE(
      absl::StrContains(manager_->Apply(resources, true).message(), "rejecting memory+swap limit 1048576"));
  resources.memory.swap.reset();
  resources.memory.check_before_update = false;
  const Status status = manager_->Apply(resources, true);
  EXPECT_TRUE(status.ok() ||
              absl::StrContains(status.message(), "unable to set memory limit to 1048576 (current"))
      << status;
  EXPECT_FALSE(manager_->OomKilled());
}

TEST_F(V1ManagerTest, SeesAnOomKill) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  spec::Resources resources;
  resources.memory.limit = 4 << 20;
  ASSERT_EQ(manager_->Apply(resources, false), absl::OkStatus());
  EXPECT_FALSE(manager_->OomKilled());
  auto entry_fds = manager_->OpenEntryFds();
  const pid_t child = fork();
  if (child == 0) {
    if (!EnterThrough(*entry_fds).ok()) _exit(1);
    void* memory = mmap(nullptr, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 64 << 20);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(manager_->OomKilled());
}

// In a user namespace of its own a process may make no cgroup.
TEST_F(V1ManagerTest, WithoutPrivilegeAContainerGoesWithoutUnlessAPathWasAskedFor) {
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
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(V1ManagerTest, RefusesAPopulatedCgroupAndLeavesIt) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  const pid_t child = Spawn([] {});
  ASSERT_EQ(manager_->Enter(child), absl::OkStatus());
  auto second = Select(request_);
  ASSERT_TRUE(second.ok());
  const Status status = (*second)->Create(0);
  EXPECT_TRUE(absl::StrContains(status.message(), "container's cgroup is not empty: 1 process(es)"))
      << status;
  EXPECT_EQ((*second)->Remove(), absl::OkStatus());
  EXPECT_EQ(Value("freezer", "cgroup.procs"), absl::StrCat(child));
}

TEST_F(V1ManagerTest, AFailedCreateLeavesNothingOfItsOwn) {
  const std::string taken = manager_->paths().at("pids");  // not the first hierarchy
  ASSERT_EQ(kernel::MakeDirectories(taken, 0755), absl::OkStatus());
  const pid_t child = Spawn([] {});
  ASSERT_EQ(kernel::WriteFile(taken + "/cgroup.procs", absl::StrCat(child)), absl::OkStatus());
  EXPECT_FALSE(manager_->Create(0).ok());
  for (const auto& [controller, path] : manager_->paths())
    EXPECT_EQ(access(path.c_str(), F_OK) == 0, controller == "pids") << path;
}

TEST_F(V1ManagerTest, RefusesAFrozenCgroup) {
  ASSERT_EQ(manager_->Create(0), absl::OkStatus());
  ASSERT_EQ(manager_->Freeze(), absl::OkStatus());
  auto second = Select(request_);
  ASSERT_TRUE(second.ok());
  const Status status = (*second)->Create(0);
  EXPECT_TRUE(absl::StrContains(status.message(), "unexpectedly frozen")) << status;
}

TEST_F(V1ManagerTest, ParentsThatItMadeGoToo) {
  Request nested = request_;
  nested.cgroups_path += "/a/b";
  auto manager = Select(nested);
  ASSERT_TRUE(manager.ok());
  ASSERT_EQ((*manager)->Create(0), absl::OkStatus());
  EXPECT_FALSE(ReadAll((*manager)->paths().at("cpuset") + "/cpuset.cpus").empty());
  ASSERT_EQ((*manager)->Remove(), absl::OkStatus());
  EXPECT_NE(access(manager_->paths().at("pids").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace tare::cgroup
