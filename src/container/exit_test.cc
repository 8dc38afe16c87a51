#include "container/exit.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "container/store.h"

namespace tare::container {
namespace {

TEST(Exit, IsThereOnceSavedAndReplaced) {
  char name[] = "/tmp/tare-exit.XXXXXX";
  const std::string root = mkdtemp(name);
  StatusOr<Directory> directory = Directory::Claim(root, "web");
  ASSERT_TRUE(directory.ok());
  EXPECT_TRUE(absl::IsNotFound(LoadExit(directory->fd(), kExitFile).status()));
  ASSERT_TRUE(SaveExit(directory->fd(), kExitFile, {.pid = 7, .status = 3, .at = Timestamp()}).ok());
  ASSERT_TRUE(SaveExit(directory->fd(), kExitFile, {.pid = 8, .status = 137, .at = Timestamp()}).ok());
  StatusOr<spec::Exit> exit = LoadExit(directory->fd(), kExitFile);
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(exit->pid, 8);
  EXPECT_EQ(exit->status, 137);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace tare::container
