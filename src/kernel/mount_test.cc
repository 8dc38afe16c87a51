#include "kernel/mount.h"

#include <gtest/gtest.h>

namespace tare::kernel {
namespace {

TEST(FilesystemNameTest, IsThatOfTheMountAtThePath) {
  EXPECT_EQ(FilesystemNameAt("/proc/self"), "proc");
  EXPECT_EQ(FilesystemNameAt("/no/such/path"), "unknown");
}

}  // namespace
}  // namespace tare::kernel
