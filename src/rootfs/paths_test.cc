#include "rootfs/paths.h"

#include <sys/sysmacros.h>

#include <filesystem>

#include "rootfs/test_rootfs.h"

namespace tare::rootfs {
namespace {

class PathsTest : public RootfsTest {
 protected:
  void SetUp() override {
    RootfsTest::SetUp();
    if (IsSkipped()) return;
    MakeDirectory("/dev");
    ASSERT_EQ(mknod(At("/dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
    MakeFile("/secret");
    for (const char* path : {"/one", "/two"}) {
      MakeDirectory(path);
      MakeFile(std::string(path) + "/file");
    }
  }

  bool IsEmpty(const std::string& directory) const { return std::filesystem::is_empty(At(directory)); }
};

TEST_F(PathsTest, AMaskedFileIsTheNullDevice) {
  ASSERT_TRUE(MaskPaths(root(), {"/secret"}, "").ok());
  EXPECT_EQ(Read("/secret"), "");
  EXPECT_EQ(Lstat("/secret").st_rdev, makedev(1, 3));
}

TEST_F(PathsTest, MaskedDirectoriesAreEmptyAndReadOnlyAndShareOneFileSystem) {
  ASSERT_TRUE(MaskPaths(root(), {"/one", "/two"}, "").ok());
  for (const char* path : {"/one", "/two"}) {
    EXPECT_TRUE(IsEmpty(path)) << path;
    EXPECT_EQ(CreateError(path), EROFS) << path;
  }
  EXPECT_EQ(Lstat("/one").st_dev, Lstat("/two").st_dev);
}

TEST_F(PathsTest, APathThatIsMaskedTwiceIsMountedOverOnce) {
  ASSERT_TRUE(MaskPaths(root(), {"/secret", "/one", "/secret", "/one"}, "").ok());
  EXPECT_EQ(MountsAt("/secret").size(), 1U);
  EXPECT_EQ(MountsAt("/one").size(), 1U);
}

TEST_F(PathsTest, MissingPathsAreSkipped) {
  EXPECT_TRUE(MaskPaths(root(), {"/missing", "/secret/below", "/one"}, "").ok());
  EXPECT_TRUE(IsEmpty("/one"));
  EXPECT_TRUE(ReadonlyPaths(root(), {"/missing", "/secret/below", "/two"}).ok());
  EXPECT_EQ(CreateError("/two"), EROFS);
}

// CVE-2025-31133: what an image has there instead would be mounted over the paths to be masked.
TEST_F(PathsTest, NothingIsMaskedWithAFileThatIsNotTheNullDevice) {
  ASSERT_EQ(unlink(At("/dev/null").c_str()), 0);
  MakeFile("/dev/null", "writable");
  EXPECT_FALSE(MaskPaths(root(), {"/secret"}, "").ok());
  ASSERT_EQ(unlink(At("/dev/null").c_str()), 0);
  ASSERT_EQ(mknod(At("/one/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  MakeLinkTo("../one/null", "/dev/null");
  EXPECT_FALSE(MaskPaths(root(), {"/secret"}, "").ok());
  EXPECT_TRUE(MountsAt("/secret").empty());
}

TEST_F(PathsTest, LinksAreFollowedInsideTheRootOnly) {
  MakeLinkTo("/../../secret", "/link");
  ASSERT_TRUE(MaskPaths(root(), {"/link"}, "").ok());
  EXPECT_EQ(MountsAt("/secret").size(), 1U);
}

TEST_F(PathsTest, AReadOnlyPathShowsTheSameAndCannotBeWritten) {
  ASSERT_TRUE(ReadonlyPaths(root(), {"/secret", "/one"}).ok());
  EXPECT_EQ(Read("/secret"), "content");
  EXPECT_EQ(WriteError("/secret"), EROFS);
  EXPECT_EQ(CreateError("/one"), EROFS);
  EXPECT_EQ(CreateError("/two"), 0);
}

TEST_F(PathsTest, AMountBelowAReadOnlyPathStaysWritable) {
  MakeDirectory("/one/volume");
  MountTmpfsAt("/one/volume");
  ASSERT_TRUE(ReadonlyPaths(root(), {"/one"}).ok());
  EXPECT_EQ(CreateError("/one"), EROFS);
  EXPECT_EQ(CreateError("/one/volume"), 0);
}

TEST_F(PathsTest, APathThatIsReadOnlyTwiceIsMountedOverOnce) {
  ASSERT_TRUE(ReadonlyPaths(root(), {"/one", "/secret", "/one"}).ok());
  EXPECT_EQ(MountsAt("/one").size(), 1U);
}

}  // namespace
}  // namespace tare::rootfs
