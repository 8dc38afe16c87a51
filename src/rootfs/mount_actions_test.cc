#include "rootfs/mount_actions.h"

#include "rootfs/test_rootfs.h"

namespace tare::rootfs {
namespace {

class MountActionsTest : public RootfsTest {
 protected:
  void SetUp() override {
    RootfsTest::SetUp();
    if (IsSkipped()) return;
    for (const char* path : {"/source", "/source/below", "/target"}) MakeDirectory(path);
    MakeFile("/source/file");
  }

  // The first of the `mounts` of a config.json, on this rootfs.
  Status Mount(const std::string& destination, const std::string& type,
               const std::vector<std::string>& options, const CgroupView& cgroups = {}) {
    const MountStep step =
        PlanMounts({{.destination = destination, .type = type, .source = At("/source"), .options = options}},
                   "/bundle", "/bundle/rootfs")
            .at(0);
    const auto open_source = [](const MountStep& bind) -> StatusOr<BindSource> {
      TARE_ASSIGN_OR_RETURN(
          kernel::Fd mount,
          kernel::CloneMount(AT_FDCWD, bind.source, bind.options.bind_recursion, kernel::Peering::kSlave));
      return BindSource{.mount = std::move(mount)};
    };
    const auto make_read_only_later = [this](kernel::Fd mount) { later_.push_back(std::move(mount)); };
    return CarryOut(step, {.root = {.fd = root(), .path = PathOf(root()).value()},
                           .cgroups = &cgroups,
                           .open_source = open_source,
                           .make_read_only_later = make_read_only_later});
  }

  std::string TypeAt(const std::string& path) const {
    const auto mounts = MountsAt(path);
    if (mounts.empty()) return "";
    for (size_t i = 6; i + 1 < mounts.back().size(); ++i)
      if (mounts.back()[i] == "-") return mounts.back()[i + 1];
    return "";
  }

  std::vector<kernel::Fd> later_;
};

TEST_F(MountActionsTest, EachTypeIsMounted) {
  for (const char* type : {"proc", "sysfs", "tmpfs", "mqueue"}) {
    const std::string destination = absl::StrCat("/mnt/", type);
    const Status mounted = Mount(destination, type, {"nosuid", "noexec"});
    ASSERT_TRUE(mounted.ok()) << mounted;
    EXPECT_EQ(TypeAt(destination), type);
    EXPECT_TRUE(Shows(destination, "rw,nosuid,noexec,relatime"));
  }
}

TEST_F(MountActionsTest, ABindMountShowsItsSourceWithTheFlagsAskedFor) {
  ASSERT_TRUE(Mount("/target", "bind", {"bind", "ro", "nodev"}).ok());
  EXPECT_EQ(Read("/target/file"), "content");
  EXPECT_TRUE(Shows("/target", "ro,nodev,"));
  EXPECT_EQ(CreateError("/target"), EROFS);
  EXPECT_EQ(CreateError("/source"), 0);
}

TEST_F(MountActionsTest, OnlyRbindTakesTheMountsBelow) {
  MountTmpfsAt("/source/below");
  MakeFile("/source/below/file");
  ASSERT_TRUE(Mount("/one", "bind", {"bind"}).ok());
  ASSERT_TRUE(Mount("/all", "bind", {"rbind"}).ok());
  EXPECT_FALSE(Exists("/one/below/file"));
  EXPECT_TRUE(Exists("/all/below/file"));
}

TEST_F(MountActionsTest, RecursiveOptionsReachTheMountsBelow) {
  MountTmpfsAt("/source/below");
  ASSERT_TRUE(Mount("/target", "bind", {"rbind", "rro"}).ok());
  EXPECT_EQ(CreateError("/target/below"), EROFS);
  EXPECT_EQ(CreateError("/source/below"), 0);
}

TEST_F(MountActionsTest, ADirectoryIsNotBoundOnAFile) {
  MakeFile("/plain");
  EXPECT_EQ(ErrnoOf(Mount("/plain", "bind", {"bind"})), ENOTDIR);
}

TEST_F(MountActionsTest, ATmpfsHasTheModeOfTheDirectoryThatItCovers) {
  MakeDirectory("/covered", 0710);
  ASSERT_TRUE(Mount("/covered", "tmpfs", {}).ok());
  EXPECT_EQ(Lstat("/covered").st_mode & 07777, 0710U);
  ASSERT_TRUE(Mount("/target", "tmpfs", {"mode=0700"}).ok());
  EXPECT_EQ(Lstat("/target").st_mode & 07777, 0700U);
  ASSERT_TRUE(Mount("/made", "tmpfs", {}).ok());
  EXPECT_EQ(Lstat("/made").st_mode & 07777, 01777U);
}

TEST_F(MountActionsTest, AReadOnlyTmpfsIsHandedOnWritable) {
  ASSERT_TRUE(Mount("/target", "tmpfs", {"ro"}).ok());
  EXPECT_EQ(CreateError("/target"), 0);
  EXPECT_EQ(later_.size(), 1U);
}

TEST_F(MountActionsTest, ARemountHasExactlyTheFlagsThatItNames) {
  ASSERT_TRUE(Mount("/target", "bind", {"bind", "nosuid"}).ok());
  ASSERT_TRUE(Mount("/target", "bind", {"remount", "bind", "ro"}).ok());
  EXPECT_TRUE(Shows("/target", "ro,"));
  EXPECT_FALSE(Shows("/target", "nosuid"));
}

// CVE-2019-19921, CVE-2019-16884
TEST_F(MountActionsTest, ProcIsNotMountedThroughALinkAndNothingInsideOfIt) {
  MakeLinkTo("target", "/proc");
  EXPECT_FALSE(Mount("/proc", "proc", {}).ok());
  EXPECT_TRUE(MountsAt("/target").empty());
  ASSERT_EQ(unlink(At("/proc").c_str()), 0);
  ASSERT_TRUE(Mount("/proc", "proc", {}).ok());
  EXPECT_FALSE(Mount("/proc/self/attr", "bind", {"bind"}).ok());
  EXPECT_FALSE(Mount("/proc", "tmpfs", {}).ok());
  MakeLinkTo("/proc/1/attr", "/attributes");
  EXPECT_FALSE(Mount("/attributes", "bind", {"bind"}).ok());
}

TEST_F(MountActionsTest, ADestinationStaysInsideTheRootfs) {
  MakeLinkTo("/../../target", "/link");
  ASSERT_TRUE(Mount("/link", "tmpfs", {}).ok());
  EXPECT_EQ(MountsAt("/target").size(), 1U);
  EXPECT_FALSE(Mount("/", "tmpfs", {}).ok());
  EXPECT_FALSE(Mount("/", "bind", {"bind"}).ok());
}

TEST_F(MountActionsTest, PropagationIsSetInTheOrderWritten) {
  ASSERT_TRUE(Mount("/shared", "tmpfs", {"shared"}).ok());
  EXPECT_TRUE(Shows("/shared", " shared:"));
  ASSERT_TRUE(Mount("/both", "bind", {"bind", "shared", "unbindable"}).ok());
  EXPECT_TRUE(Shows("/both", " unbindable"));
  EXPECT_FALSE(Shows("/both", "shared:"));
}

TEST_F(MountActionsTest, RecursivePropagationReachesTheMountsBelow) {
  MountTmpfsAt("/source/below");
  ASSERT_TRUE(Mount("/one", "bind", {"rbind", "shared"}).ok());
  EXPECT_FALSE(Shows("/one/below", "shared:"));
  ASSERT_TRUE(Mount("/all", "bind", {"rbind", "rshared"}).ok());
  EXPECT_TRUE(Shows("/all/below", "shared:"));
}

// The directories of the container's cgroups, as they are named outside.
class CgroupMountTest : public MountActionsTest {
 protected:
  CgroupView V1() const {
    return {.hierarchies = {{.name = "cpu,cpuacct", .controllers = {"cpu", "cpuacct"}, .path = At("/source")},
                            {.name = "pids", .controllers = {"pids"}, .path = At("/source/below")},
                            {.name = "memory", .controllers = {"memory"}, .path = At("/missing")}}};
  }
};

TEST_F(CgroupMountTest, HasADirectoryForEachHierarchyAndALinkForEachController) {
  const Status mounted = Mount("/cgroup", "cgroup", {}, V1());
  ASSERT_TRUE(mounted.ok()) << mounted;
  EXPECT_EQ(TypeAt("/cgroup"), "tmpfs");
  EXPECT_EQ(Read("/cgroup/cpu,cpuacct/file"), "content");
  EXPECT_EQ(Readlink("/cgroup/cpu"), "cpu,cpuacct");
  EXPECT_EQ(Readlink("/cgroup/cpuacct"), "cpu,cpuacct");
  EXPECT_EQ(MountsAt("/cgroup/pids").size(), 1U);
}

TEST_F(CgroupMountTest, LeavesOutAHierarchyInWhichTheContainerHasNoCgroup) {
  ASSERT_TRUE(Mount("/cgroup", "cgroup", {}, V1()).ok());
  EXPECT_FALSE(Exists("/cgroup/memory"));
}

TEST_F(CgroupMountTest, IsNosuidNodevNoexecAndReadOnlyThroughout) {
  ASSERT_TRUE(Mount("/cgroup", "cgroup", {"ro"}, V1()).ok());
  for (const char* path : {"/cgroup", "/cgroup/cpu,cpuacct", "/cgroup/pids"})
    EXPECT_TRUE(Shows(path, "ro,nosuid,nodev,noexec")) << path;
}

TEST_F(CgroupMountTest, OfV2WithoutACgroupIsEmpty) {
  ASSERT_TRUE(Mount("/cgroup", "cgroup", {}, {.unified = true}).ok());
  EXPECT_EQ(TypeAt("/cgroup"), "tmpfs");
  EXPECT_EQ(CreateError("/cgroup"), EROFS);
}

}  // namespace
}  // namespace tare::rootfs
