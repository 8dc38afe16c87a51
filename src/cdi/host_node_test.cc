#include "cdi/host_node.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace tare::cdi {
namespace {

TEST(CdiHostNode, ValuesOfTheFlag) {
  const struct {
    const char* text;
    PathDevice device;
  } cases[] = {
      {"/dev/fuse", {"/dev/fuse", "", ""}},
      {"/dev/fuse:/dev/x", {"/dev/fuse", "/dev/x", ""}},
      {"/dev/fuse:r", {"/dev/fuse", "", "r"}},
      {"/dev/fuse:/dev/x:rw", {"/dev/fuse", "/dev/x", "rw"}},
  };
  for (const auto& c : cases) {
    const StatusOr<PathDevice> device = ParsePathDevice(c.text);
    ASSERT_TRUE(device.ok()) << c.text << ": " << device.status();
    EXPECT_EQ(device->host_path, c.device.host_path);
    EXPECT_EQ(device->path, c.device.path);
    EXPECT_EQ(device->permissions, c.device.permissions);
  }
  for (const char* text : {"/dev/fuse:x", "/dev/fuse:", "/dev/fuse:/dev/x:", "/dev/fuse:/dev/x:/dev/y",
                           "/dev/fuse:r:w", "/dev/fuse:/dev/x:rw:m", "/dev/fuse::rw", ":/dev/x"})
    EXPECT_FALSE(ParsePathDevice(text).ok()) << text;
}

TEST(CdiHostNode, OfTheMachine) {
  const StatusOr<HostNode> null = LookAtNode("/dev/null");
  ASSERT_TRUE(null.ok()) << null.status();
  EXPECT_EQ(null->type, "c");
  EXPECT_EQ(null->major, 1U);
  EXPECT_EQ(null->minor, 3U);
  EXPECT_EQ(null->permissions, 0666U);
  EXPECT_EQ(LookAtNode("/etc/passwd").status().message(), "/etc/passwd is not a device node");
  const std::string link = testing::TempDir() + "/tare-cdi-link";
  ASSERT_EQ(symlink("/dev/null", link.c_str()), 0);
  EXPECT_EQ(LookAtNode(link).status().message(), link + " is not a device node");
  EXPECT_EQ(unlink(link.c_str()), 0);
  EXPECT_EQ(LookAtNode("/nonexistent").status().message(), "lstat(/nonexistent): no such file or directory");
}

}  // namespace
}  // namespace tare::cdi
