// In a temporary directory: what a cgroup's files would get, and in which order.
#include "cgroup/write.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernel/file.h"

namespace tare::cgroup {
namespace {

class WriteTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-write-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    directory_ = std::make_unique<Directory>(root_ + "/box");
    std::filesystem::create_directory(directory_->path());
    Make("box/cpu.max");
    Make("box/memory.max");
    Make("outside");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Make(const std::string& file) {
    ASSERT_TRUE(kernel::Open(absl::StrCat(root_, "/", file), O_CREAT | O_WRONLY, 0600).ok());
  }
  std::string Contents(const std::string& file) { return *kernel::ReadFile(absl::StrCat(root_, "/", file)); }
  Status Perform(const std::vector<Write>& writes) {
    return cgroup::Perform(writes, [&](absl::string_view controller) -> StatusOr<Directory*> {
      if (controller == "rdma") return absl::FailedPreconditionError("no rdma");
      return directory_.get();
    });
  }

  std::string root_;
  std::unique_ptr<Directory> directory_;
};

TEST_F(WriteTest, ControllerIsTheWordBeforeTheDot) {
  EXPECT_EQ(ControllerOf("memory.limit_in_bytes"), "memory");
  EXPECT_EQ(ControllerOf("hugetlb.2MB.rsvd.max"), "hugetlb");
  EXPECT_EQ(ControllerOf("odd"), "odd");
}

TEST_F(WriteTest, WritesInOrderAndStopsAtTheFirstError) {
  EXPECT_FALSE(Perform({{.file = "cpu.max", .value = "1"},
                        {.file = "io.max", .value = "2"},
                        {.file = "memory.max", .value = "3"}})
                   .ok());
  EXPECT_EQ(Contents("box/cpu.max"), "1");
  EXPECT_EQ(Contents("box/memory.max"), "");
}

TEST_F(WriteTest, OneFileSeveralTimesIsOneDescriptor) {
  EXPECT_EQ(Perform({{.file = "cpu.max", .value = "a"}, {.file = "cpu.max", .value = "b"}}),
            absl::OkStatus());
  EXPECT_EQ(Contents("box/cpu.max"), "ab");
}

TEST_F(WriteTest, AMissingFileMayBeIgnoredOrReplaced) {
  EXPECT_EQ(Perform({{.file = "memory.swap.max", .value = "max", .missing = Missing::kIgnore}}),
            absl::OkStatus());
  EXPECT_EQ(Perform({{.file = "io.bfq.weight", .value = "1", .other_file = "cpu.max", .other_value = "2"}}),
            absl::OkStatus());
  EXPECT_EQ(Contents("box/cpu.max"), "2");
  EXPECT_EQ(Perform({{.file = "rdma.max", .value = "1", .missing = Missing::kIgnore}}), absl::OkStatus());
}

TEST_F(WriteTest, AMissingControllersErrorNamesTheFile) {
  EXPECT_EQ(Perform({{.file = "rdma.max", .value = "1"}}).message(), "cannot set rdma.max: no rdma");
}

TEST_F(WriteTest, NoNameLeadsOutOfTheDirectory) {
  for (const char* file : {"../outside", "hugetlb.../../outside", "/etc/hostname", "link"}) {
    ASSERT_EQ(symlink("../outside", (directory_->path() + "/link").c_str()) == 0 || errno == EEXIST, true);
    EXPECT_FALSE(Perform({{.file = file, .value = "x"}}).ok()) << file;
  }
  EXPECT_EQ(Contents("outside"), "");
}

}  // namespace
}  // namespace tare::cgroup
