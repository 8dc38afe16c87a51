#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "security/seccomp.h"

namespace tare::security {
namespace {

namespace fs = std::filesystem;

class SeccompCache : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-seccomp-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    cache_ = directory_ + "/run/cache";
  }
  void TearDown() override { fs::remove_all(directory_); }

  static spec::Seccomp Profile(uint32_t errno_ret) {
    spec::Seccomp seccomp{.default_action = "SCMP_ACT_ALLOW"};
    seccomp.syscalls = {{.names = {"getppid"}, .action = "SCMP_ACT_ERRNO", .errno_ret = errno_ret}};
    return seccomp;
  }

  std::vector<fs::path> Entries() const { return {fs::directory_iterator(cache_), fs::directory_iterator()}; }

  // The result of FetchSeccomp() as bytes.
  std::string Fetch(const spec::Seccomp& seccomp) {
    StatusOr<SeccompProgram> program = FetchSeccomp(seccomp, cache_);
    EXPECT_TRUE(program.ok()) << program.status();
    return program.ok() ? SerializeSeccomp(*program) : "";
  }

  static std::string Compiled(const spec::Seccomp& seccomp) {
    return SerializeSeccomp(*CompileSeccomp(seccomp));
  }

  // Replaces the program in the only entry by that of another profile, but keeps the key. If a fetch then
  // returns the other profile's program, it has read the cache.
  void Plant(const spec::Seccomp& other) {
    ASSERT_EQ(Entries().size(), 1U);
    std::string entry = Read(Entries()[0]);
    const size_t program_size = Compiled(other).size();
    entry.replace(entry.size() - program_size, program_size, Compiled(other));
    std::ofstream(Entries()[0], std::ios::binary) << entry;
  }

  static std::string Read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string directory_;
  std::string cache_;
};

TEST_F(SeccompCache, IsReadAtTheSecondTime) {
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));
  Plant(Profile(2));
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(2)));
}

TEST_F(SeccompCache, IsPrivate) {
  umask(0);
  Fetch(Profile(1));
  umask(022);
  EXPECT_EQ(fs::status(cache_).permissions(), fs::perms::owner_all);
  ASSERT_EQ(Entries().size(), 1U);
  EXPECT_EQ(fs::status(Entries()[0]).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SeccompCache, TellsProfilesApart) {
  std::vector<spec::Seccomp> profiles(9, Profile(1));
  profiles[1].flags.emplace();
  profiles[2].flags = {"SECCOMP_FILTER_FLAG_LOG"};
  profiles[3].architectures = {"SCMP_ARCH_X86_64"};
  profiles[4].syscalls[0].names.push_back("getpid");
  profiles[5].syscalls[0].errno_ret = 2;
  profiles[6].syscalls[0].args = {{.index = 0, .value = 1, .op = "SCMP_CMP_EQ"}};
  profiles[7].syscalls[0].args = {{.index = 0, .value = 1, .op = "SCMP_CMP_NE"}};
  profiles[8].default_action = "SCMP_ACT_LOG";
  for (const spec::Seccomp& profile : profiles) EXPECT_EQ(Fetch(profile), Compiled(profile));
  EXPECT_EQ(Entries().size(), profiles.size());
  for (const spec::Seccomp& profile : profiles) EXPECT_EQ(Fetch(profile), Compiled(profile));
}

TEST_F(SeccompCache, TheListenerIsNoPartOfTheProgram) {
  spec::Seccomp profile = Profile(1);
  Fetch(profile);
  profile.listener_path = "/run/agent.sock";
  Fetch(profile);
  EXPECT_EQ(Entries().size(), 1U);
}

TEST_F(SeccompCache, TheOrderOfNamesArchitecturesAndFlagsDoesNotMatter) {
  spec::Seccomp profile = Profile(1);
  profile.architectures = {"SCMP_ARCH_X86", "SCMP_ARCH_X86_64"};
  profile.flags = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  profile.syscalls[0].names = {"getpid", "getppid"};
  Fetch(profile);
  std::ranges::reverse(profile.architectures);
  std::ranges::reverse(*profile.flags);
  profile.syscalls[0].names = {"getppid", "getpid", "getppid"};
  spec::Seccomp planted = profile;
  planted.syscalls[0].errno_ret = 2;
  Plant(planted);
  EXPECT_EQ(Fetch(profile), Compiled(planted));
}

TEST_F(SeccompCache, AProfileThatIsTooLargeIsNotKept) {
  spec::Seccomp profile = Profile(1);
  profile.syscalls[0].names.push_back(std::string(600 << 10, 'x'));
  EXPECT_EQ(Fetch(profile), Compiled(Profile(1)));
  EXPECT_FALSE(fs::exists(cache_));
}

TEST_F(SeccompCache, AFullDiskLeavesNothingAndIsNoError) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can mount";
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=4k"), 0);
  std::ofstream(directory_ + "/full") << std::string(4096, 'x') << std::flush;
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));
  EXPECT_TRUE(Entries().empty());
  EXPECT_EQ(umount2(directory_.c_str(), MNT_DETACH), 0);
}

// Returns whether each fetch was right.
bool FetchAgainAndAgain(const std::string& cache, const spec::Seccomp& profile) {
  const std::string right = SerializeSeccomp(*CompileSeccomp(profile));
  for (int i = 0; i < 100; ++i) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(cache, ignored))
      fs::remove(entry.path(), ignored);
    const StatusOr<SeccompProgram> program = FetchSeccomp(profile, cache);
    if (!program.ok() || SerializeSeccomp(*program) != right) return false;
  }
  return true;
}

TEST_F(SeccompCache, WritersDoNotDisturbEachOther) {
  std::vector<pid_t> writers;
  for (int i = 0; i < 4; ++i) {
    writers.push_back(fork());
    if (writers.back() == 0) _exit(FetchAgainAndAgain(cache_, Profile(1)) ? 0 : 1);
  }
  for (pid_t writer : writers) {
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    EXPECT_EQ(status, 0);
  }
}

TEST_F(SeccompCache, AnyDamageIsCompiledAnewAndRepaired) {
  const std::string right = Fetch(Profile(1));
  const fs::path entry = Entries()[0];
  const std::string intact = Read(entry);
  for (size_t i = 0; i < intact.size(); i += 3) {
    std::string damaged = intact;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    std::ofstream(entry, std::ios::binary) << damaged;
    ASSERT_EQ(Fetch(Profile(1)), right) << i;
    ASSERT_EQ(Read(entry), intact) << i;
  }
  for (size_t size : {size_t{0}, size_t{7}, size_t{8}, intact.size() - 1}) {
    std::ofstream(entry, std::ios::binary) << intact.substr(0, size);
    ASSERT_EQ(Fetch(Profile(1)), right) << size;
  }
}

TEST_F(SeccompCache, ForeignEntriesAreNotBelieved) {
  Fetch(Profile(1));
  Plant(Profile(2));
  const fs::path entry = Entries()[0];
  fs::permissions(entry, fs::perms::group_write, fs::perm_options::add);
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));

  Plant(Profile(2));
  fs::rename(entry, directory_ + "/elsewhere");
  fs::create_symlink(directory_ + "/elsewhere", entry);
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));
  EXPECT_FALSE(fs::is_symlink(entry));
}

TEST_F(SeccompCache, ADirectoryThatOthersCanWriteIsNotUsed) {
  fs::create_directories(cache_);
  fs::permissions(cache_, fs::perms::all);
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));
  EXPECT_TRUE(Entries().empty());
}

TEST_F(SeccompCache, ADirectoryOfSomebodyElseIsNotUsed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  fs::create_directories(cache_);
  fs::permissions(cache_, fs::perms::owner_all);
  ASSERT_EQ(chown(cache_.c_str(), 65534, 65534), 0);
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));
  EXPECT_TRUE(Entries().empty());
}

TEST_F(SeccompCache, WithoutADirectoryTheFilterIsCompiled) {
  cache_ = "/proc/nowhere/cache";
  EXPECT_EQ(Fetch(Profile(1)), Compiled(Profile(1)));
}

TEST_F(SeccompCache, KeepsTheSixtyFourNewest) {
  Fetch(Profile(1));
  const fs::path oldest = Entries()[0];
  timeval long_ago[2] = {{.tv_sec = 1000, .tv_usec = 0}, {.tv_sec = 1000, .tv_usec = 0}};
  ASSERT_EQ(utimes(oldest.c_str(), long_ago), 0);
  for (uint32_t i = 2; i <= 64; ++i) Fetch(Profile(i));
  EXPECT_EQ(Entries().size(), 64U);
  EXPECT_TRUE(fs::exists(oldest));
  Fetch(Profile(65));
  EXPECT_EQ(Entries().size(), 64U);
  EXPECT_FALSE(fs::exists(oldest));
}

}  // namespace
}  // namespace tare::security
