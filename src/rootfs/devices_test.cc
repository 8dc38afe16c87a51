#include "rootfs/devices.h"

#include <sys/sysmacros.h>

#include <cstdlib>

#include "rootfs/test_rootfs.h"

namespace tare::rootfs {
namespace {

using spec::Device;
using spec::DeviceType;

Device CharDevice(const std::string& path, uint32_t major, uint32_t minor) {
  return {.type = DeviceType::kChar, .path = path, .major = major, .minor = minor};
}

std::vector<std::string> PathsOf(const std::vector<Device>& devices) {
  std::vector<std::string> paths;
  for (const Device& device : devices) paths.push_back(device.path);
  return paths;
}

TEST(DevicePlan, HasTheDefaultsOfTheSpec) {
  const std::vector<Device> devices = PlanDevices({});
  EXPECT_EQ(PathsOf(devices), (std::vector<std::string>{"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                                        "/dev/urandom", "/dev/tty"}));
  EXPECT_EQ(devices[0].major, 1);
  EXPECT_EQ(devices[0].minor, 3);
  EXPECT_EQ(devices[0].file_mode, mode_t{0666});
}

TEST(DevicePlan, ADeviceAtADefaultPathReplacesTheDefault) {
  const std::vector<Device> devices = PlanDevices({CharDevice("/dev/null", 1, 5)});
  ASSERT_EQ(devices.size(), 6U);
  EXPECT_EQ(devices.back().path, "/dev/null");
  EXPECT_EQ(devices.back().minor, 5);
}

TEST(DevicePlan, OfADeviceGivenTwiceTheFirstCounts) {
  Device first = CharDevice("/dev/x", 10, 1);
  first.uid = 7;
  const std::vector<Device> devices =
      PlanDevices({first, CharDevice("/dev/x", 10, 1), CharDevice("/dev/x", 10, 2)});
  ASSERT_EQ(devices.size(), 8U);  // another device at the same path is an error later
  EXPECT_EQ(devices[6].uid, 7U);
  EXPECT_EQ(devices[7].minor, 2);
}

class DevicesTest : public RootfsTest {
 protected:
  Status Make(const std::vector<Device>& devices, NodeMaking making = NodeMaking::kMknod) {
    return MakeDevices(root(), devices, making, [this](const Device& device) {
      opened_.push_back(device.path);
      return CloneNode(device);
    });
  }

  std::vector<std::string> opened_;
};

TEST_F(DevicesTest, NodesHaveTypeNumberModeAndOwner) {
  Device block{.type = DeviceType::kBlock, .path = "/srv/disk", .major = 7, .minor = 0, .file_mode = 0640};
  block.uid = 1000;
  block.gid = 2000;
  const Status made =
      Make({CharDevice("/dev/null", 1, 3), block, {.type = DeviceType::kFifo, .path = "/dev/pipe"}});
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(Lstat("/dev/null").st_mode, mode_t{S_IFCHR | 0666});
  EXPECT_EQ(Lstat("/dev/null").st_rdev, makedev(1, 3));
  EXPECT_EQ(Lstat("/srv/disk").st_mode, mode_t{S_IFBLK | 0640});
  EXPECT_EQ(Lstat("/srv/disk").st_rdev, makedev(7, 0));
  EXPECT_EQ(Lstat("/srv/disk").st_uid, 1000U);
  EXPECT_EQ(Lstat("/srv/disk").st_gid, 2000U);
  EXPECT_EQ(Lstat("/dev/pipe").st_mode, mode_t{S_IFIFO | 0666});
  EXPECT_TRUE(opened_.empty());
}

TEST_F(DevicesTest, ANodeOfTheSameDeviceIsKeptWithTheModeAskedFor) {
  MakeDirectory("/dev");
  ASSERT_EQ(mknod(At("/dev/null").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  const Status made = Make({CharDevice("/dev/null", 1, 3)});
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(Lstat("/dev/null").st_mode, mode_t{S_IFCHR | 0666});
}

TEST_F(DevicesTest, AnythingElseAtThePathIsAnError) {
  MakeDirectory("/dev");
  MakeFile("/dev/null");
  ASSERT_EQ(mknod(At("/dev/zero").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  MakeLinkTo("null", "/dev/full");
  for (const Device& device :
       {CharDevice("/dev/null", 1, 3), CharDevice("/dev/zero", 1, 5), CharDevice("/dev/full", 1, 7)})
    EXPECT_EQ(Make({device}),
              absl::AlreadyExistsError(device.path + ": already exists and is not the requested device"));
  EXPECT_EQ(Lstat("/dev/zero").st_mode, mode_t{S_IFCHR | 0600});
}

TEST_F(DevicesTest, APathMustNameADevice) {
  for (const char* path : {"/dev/", "/dev/.", "/dev/.."})
    EXPECT_EQ(Make({CharDevice(path, 1, 3)}), InvalidError(path, ": does not name a device"));
}

TEST_F(DevicesTest, PtmxIsLeftToTheLinks) {
  ASSERT_TRUE(Make({CharDevice("/dev/ptmx", 5, 2)}).ok());
  EXPECT_FALSE(Exists("/dev/ptmx"));
}

TEST_F(DevicesTest, NodesAreBoundInAUserNamespaceButFifosAreMade) {
  const Status made = Make({CharDevice("/dev/null", 1, 3), {.type = DeviceType::kFifo, .path = "/dev/pipe"}},
                           NodeMaking::kBind);
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(opened_, std::vector<std::string>{"/dev/null"});
  EXPECT_EQ(MountsAt("/dev/null").size(), 1U);
  EXPECT_EQ(Lstat("/dev/null").st_rdev, makedev(1, 3));
  EXPECT_EQ(Lstat("/dev/pipe").st_mode, mode_t{S_IFIFO | 0666});
}

TEST_F(DevicesTest, NothingIsBoundOnASymbolicLink) {
  MakeDirectory("/dev");
  MakeFile("/outside");
  MakeLinkTo("../outside", "/dev/null");
  EXPECT_FALSE(Make({CharDevice("/dev/null", 1, 3)}, NodeMaking::kBind).ok());
  EXPECT_EQ(Read("/outside"), "content");
}

TEST_F(DevicesTest, TheHostsNodeIsBoundOnlyIfItIsThatDevice) {
  EXPECT_TRUE(CloneNode(CharDevice("/dev/zero", 1, 5)).ok());
  EXPECT_FALSE(CloneNode(CharDevice("/dev/zero", 1, 3)).ok());
  EXPECT_FALSE(CloneNode({.type = DeviceType::kBlock, .path = "/dev/zero", .major = 1, .minor = 5}).ok());
}

TEST_F(DevicesTest, LinksAreMadeForWhatExists) {
  ASSERT_TRUE(MakeDeviceLinks(root()).ok());
  EXPECT_EQ(Readlink("/dev/ptmx"), "pts/ptmx");
  EXPECT_FALSE(Exists("/dev/fd"));
  EXPECT_FALSE(Exists("/dev/core"));
  for (const char* path : {"/proc", "/proc/self", "/proc/self/fd"}) MakeDirectory(path);
  MakeFile("/proc/kcore");
  ASSERT_TRUE(MakeDeviceLinks(root()).ok());
  EXPECT_EQ(Readlink("/dev/fd"), "/proc/self/fd");
  EXPECT_EQ(Readlink("/dev/stdin"), "/proc/self/fd/0");
  EXPECT_EQ(Readlink("/dev/stdout"), "/proc/self/fd/1");
  EXPECT_EQ(Readlink("/dev/stderr"), "/proc/self/fd/2");
  EXPECT_EQ(Readlink("/dev/core"), "/proc/kcore");
}

TEST_F(DevicesTest, APtmxOfTheImageIsReplacedAndOtherFilesAreKept) {
  for (const char* path : {"/dev", "/proc", "/proc/self", "/proc/self/fd"}) MakeDirectory(path);
  ASSERT_EQ(mknod(At("/dev/ptmx").c_str(), S_IFCHR | 0666, makedev(5, 2)), 0);
  MakeFile("/dev/stdin");
  ASSERT_TRUE(MakeDeviceLinks(root()).ok());
  EXPECT_EQ(Readlink("/dev/ptmx"), "pts/ptmx");
  EXPECT_EQ(Read("/dev/stdin"), "content");
}

class ConsoleTest : public RootfsTest {
 protected:
  void SetUp() override {
    RootfsTest::SetUp();
    if (IsSkipped()) return;
    master_ = kernel::Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(master_);
    ASSERT_EQ(unlockpt(master_.get()), 0);
    slave_ = kernel::Fd(open(ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(slave_);
  }

  kernel::Fd master_;
  kernel::Fd slave_;
};

TEST_F(ConsoleTest, IsTheTerminal) {
  const Status mounted = MountConsole(root(), slave_.get());
  ASSERT_TRUE(mounted.ok()) << mounted;
  struct stat terminal {};
  ASSERT_EQ(fstat(slave_.get(), &terminal), 0);
  EXPECT_EQ(Lstat("/dev/console").st_rdev, terminal.st_rdev);
  EXPECT_EQ(MountsAt("/dev/console").size(), 1U);
}

// CVE-2025-52565
TEST_F(ConsoleTest, MayNotBeALink) {
  MakeDirectory("/dev");
  MakeFile("/target");
  MakeLinkTo("/target", "/dev/console");
  EXPECT_FALSE(MountConsole(root(), slave_.get()).ok());
  EXPECT_TRUE(MountsAt("/target").empty());
}

}  // namespace
}  // namespace tare::rootfs
