// For the unit tests of this room: an empty rootfs on a tmpfs, in a mount namespace of the test's own.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "kernel/fd.h"

namespace tare::rootfs {

class RootfsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to mount";
    umask_ = umask(0);  // as the runtime has it
    original_ = kernel::Fd(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_NE(mkdtemp(path_.data()), nullptr);
    ASSERT_EQ(mount("tmpfs", path_.c_str(), "tmpfs", 0, nullptr), 0);
    root_ = kernel::Fd(open(path_.c_str(), O_PATH | O_CLOEXEC));
  }

  void TearDown() override {
    if (!original_) return;
    umask(umask_);
    root_ = kernel::Fd();
    ASSERT_EQ(setns(original_.get(), CLONE_NEWNS), 0);
    EXPECT_EQ(rmdir(path_.c_str()), 0);
  }

  int root() const { return root_.get(); }
  std::string At(const std::string& path) const { return path_ + path; }

  void MakeDirectory(const std::string& path, mode_t mode = 0755) {
    ASSERT_EQ(mkdir(At(path).c_str(), mode), 0) << path;
  }
  void MakeFile(const std::string& path, const std::string& content = "content") {
    std::ofstream(At(path)) << content;
    ASSERT_EQ(Read(path), content) << path;
  }
  void MakeLinkTo(const std::string& content, const std::string& path) {
    ASSERT_EQ(symlink(content.c_str(), At(path).c_str()), 0) << path;
  }
  void MountTmpfsAt(const std::string& path) {
    ASSERT_EQ(mount("tmpfs", At(path).c_str(), "tmpfs", 0, nullptr), 0) << path;
  }

  std::string Read(const std::string& path) const {
    std::ifstream file(At(path));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // 0, or the errno of an attempt to write to the file.
  int WriteError(const std::string& path) const {
    const kernel::Fd file(open(At(path).c_str(), O_WRONLY | O_CLOEXEC));
    return file ? 0 : errno;
  }
  // The same for a new file in the directory.
  int CreateError(const std::string& directory) const {
    const kernel::Fd file(open(At(directory + "/new").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    return file ? 0 : errno;
  }
  struct stat Lstat(const std::string& path) const {
    struct stat st {};
    EXPECT_EQ(lstat(At(path).c_str(), &st), 0) << path;
    return st;
  }
  bool Exists(const std::string& path) const {
    return faccessat(AT_FDCWD, At(path).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  }
  std::string Readlink(const std::string& path) const {
    char target[256] = {};
    EXPECT_GT(readlink(At(path).c_str(), target, sizeof target - 1), 0) << path;
    return target;
  }

  // The mounts at `path`, lowest first: the fields of mountinfo, proc_pid_mountinfo(5).
  std::vector<std::vector<std::string>> MountsAt(const std::string& path) const {
    std::vector<std::vector<std::string>> mounts;
    std::ifstream mountinfo("/proc/thread-self/mountinfo");
    for (std::string line; std::getline(mountinfo, line);) {
      std::vector<std::string> fields = absl::StrSplit(line, ' ');
      if (fields[4] == At(path)) mounts.push_back(std::move(fields));
    }
    return mounts;
  }
  // Whether mountinfo shows `words` for the mount on top at `path`: "ro,nosuid", " shared:".
  testing::AssertionResult Shows(const std::string& path, const std::string& words) const {
    const auto mounts = MountsAt(path);
    const std::string shown = mounts.empty() ? "no mount" : absl::StrJoin(mounts.back(), " ");
    return testing::AssertionResult(absl::StrContains(shown, words)) << shown;
  }

 private:
  std::string path_ = "/tmp/rootfs_test.XXXXXX";
  kernel::Fd original_;
  kernel::Fd root_;
  mode_t umask_ = 0;
};

}  // namespace tare::rootfs
