#include "kernel/resolve.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "kernel/file.h"

namespace tare::kernel {
namespace {

namespace fs = std::filesystem;

// top/root is the rootfs. Nothing may be changed in top/outside.
class ResolveTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-resolve.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    top_ = name;
    fs::create_directories(top_ / "root/etc");
    fs::create_directories(top_ / "outside");
    StatusOr<Fd> root = Open(top_ / "root", O_PATH | O_DIRECTORY);
    ASSERT_TRUE(root.ok());
    root_ = *std::move(root);
  }
  void TearDown() override { fs::remove_all(top_); }

  void Link(const std::string& target, const std::string& name) {
    fs::create_symlink(target, top_ / "root" / name);
  }

  fs::path top_;
  Fd root_;
};

TEST_F(ResolveTest, LinksAreFollowedWithinTheRoot) {
  Link("/etc", "absolute");
  Link("../../../etc", "climbing");
  for (const char* path : {"/absolute/new", "climbing/other", "/etc/../etc/third"}) {
    ASSERT_TRUE(MakeDirectoryInRoot(root_.get(), path, 0755).ok()) << path;
  }
  for (const char* made : {"new", "other", "third"})
    EXPECT_TRUE(fs::is_directory(top_ / "root/etc" / made)) << made;
  EXPECT_TRUE(fs::is_empty(top_ / "outside"));
}

TEST_F(ResolveTest, ALinkToTheHostMakesNothingThere) {
  Link((top_ / "outside").string(), "out");
  // Inside the root the link's path does not exist, so it is made there.
  EXPECT_TRUE(MakeDirectoryInRoot(root_.get(), "/out/x", 0755).ok());
  EXPECT_TRUE(MakeFileInRoot(root_.get(), "/out/y", 0644).ok());
  EXPECT_TRUE(fs::is_empty(top_ / "outside"));
  EXPECT_TRUE(fs::exists((top_ / "root").string() + (top_ / "outside/y").string()));
}

TEST_F(ResolveTest, FilesAreMadeWithTheirParents) {
  StatusOr<Fd> file = MakeFileInRoot(root_.get(), "/a/b/c", 0600);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(fs::is_regular_file(top_ / "root/a/b/c"));
  EXPECT_TRUE(MakeFileInRoot(root_.get(), "/a/b/c", 0600).ok()) << "an existing file will do";
}

TEST_F(ResolveTest, AFileInTheWayIsSaid) {
  ASSERT_TRUE(MakeFileInRoot(root_.get(), "/file", 0644).ok());
  EXPECT_EQ(ErrnoOf(MakeDirectoryInRoot(root_.get(), "/file/below", 0755).status()), ENOTDIR);
}

TEST_F(ResolveTest, AFileNeedsAName) {
  for (const char* path : {"/new/", "/new/.."}) {
    EXPECT_FALSE(MakeFileInRoot(root_.get(), path, 0644).ok()) << path;
    EXPECT_FALSE(fs::exists(top_ / "root/new")) << path;
  }
}

// The target of a dangling link is made where the container would see it.
TEST_F(ResolveTest, WhereALinkLeadsIsMade) {
  struct Case {
    const char* link;
    const char* text;
    const char* path;  // the argument
    const char* made;  // what is made, below root
  };
  const Case cases[] = {
      {"etc/localtime", "/usr/share/zoneinfo/Europe/Paris", "/etc/localtime",
       "usr/share/zoneinfo/Europe/Paris"},
      {"etc/resolv.conf", "../run/systemd/resolve/stub.conf", "/etc/resolv.conf",
       "run/systemd/resolve/stub.conf"},
      {"way", "/there", "/way/secrets/x", "there/secrets/x"},
      {"climbing", "../../../../high/up", "/climbing/x", "high/up/x"},
      {"etc/first", "/etc/second", "/etc/first/x", "etc/third/x"},
      {"etc/second", "third", "/etc/second/y", "etc/third/y"},
      {"etc/slashes", "//deep///down/./", "/etc/slashes", "deep/down"},
      {"etc/back", "/gone/../come", "/etc/back/x", "come/x"},
  };
  for (const Case& c : cases) Link(c.text, c.link);
  for (const Case& c : cases) {
    StatusOr<Fd> file = MakeFileInRoot(root_.get(), c.path, 0644);
    ASSERT_TRUE(file.ok()) << c.path << ": " << file.status();
    EXPECT_TRUE(fs::is_regular_file(top_ / "root" / c.made)) << c.path;
    const std::string directory = absl::StrCat(c.path, ".d/below");
    ASSERT_TRUE(MakeDirectoryInRoot(root_.get(), directory, 0755).ok()) << directory;
  }
  Link("/directory/made", "etc/directory");
  ASSERT_TRUE(MakeDirectoryInRoot(root_.get(), "/etc/directory", 0755).ok());
  EXPECT_TRUE(fs::is_directory(top_ / "root/directory/made"));
}

TEST_F(ResolveTest, LinksThatLeadToEachOtherAreAnError) {
  Link("two", "one");
  Link("one", "two");
  Link("missing/../more", "more");
  for (const char* path : {"/one", "/one/x", "/more", "/more/x"}) {
    EXPECT_EQ(ErrnoOf(MakeFileInRoot(root_.get(), path, 0644).status()), ELOOP) << path;
    EXPECT_EQ(ErrnoOf(MakeDirectoryInRoot(root_.get(), path, 0755).status()), ELOOP) << path;
  }
}

TEST_F(ResolveTest, BeneathRefusesToClimb) {
  EXPECT_TRUE(OpenBeneath(root_.get(), "etc", O_PATH).ok());
  EXPECT_EQ(ErrnoOf(OpenBeneath(root_.get(), "../outside", O_PATH).status()), EXDEV);
  EXPECT_EQ(ErrnoOf(OpenBeneath(root_.get(), "/etc", O_PATH).status()), EXDEV);
}

TEST_F(ResolveTest, ReplaceFileLeavesTheOldOrTheNew) {
  ASSERT_TRUE(ReplaceFile(root_.get(), "state", "one", 0600).ok());
  ASSERT_TRUE(ReplaceFile(root_.get(), "state", "two", 0600).ok());
  EXPECT_EQ(*ReadFileAt(root_.get(), "state"), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(top_ / "root"), fs::directory_iterator()), 2)
      << "no temporary file";
}

}  // namespace
}  // namespace tare::kernel
