#include "rootfs/mount_options.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tare::rootfs {
namespace {

using kernel::Recursion;

TEST(MountOptions, TheTableIsSortedAndHasEveryWordOfTheSpec) {
  const std::vector<std::string> known = KnownOptions();
  EXPECT_TRUE(std::is_sorted(known.begin(), known.end()));
  // config.md, "Linux mount options": those that a runtime MUST know.
  for (const char* word :
       {"async",       "atime",      "bind",       "defaults",   "dev",           "diratime",    "dirsync",
        "exec",        "iversion",   "lazytime",   "loud",       "noatime",       "nodev",       "nodiratime",
        "noexec",      "noiversion", "nolazytime", "norelatime", "nostrictatime", "nosuid",      "private",
        "rbind",       "relatime",   "remount",    "ro",         "rprivate",      "rshared",     "rslave",
        "runbindable", "rw",         "shared",     "silent",     "slave",         "strictatime", "suid",
        "sync",        "unbindable"})
    EXPECT_TRUE(std::binary_search(known.begin(), known.end(), word)) << word;
}

TEST(MountOptions, FlagsSetAndClearAttributes) {
  const MountOptions options = ParseMountOptions({"ro", "nosuid", "nodev", "suid", "size=64k"});
  EXPECT_EQ(options.attributes.set, uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV});
  EXPECT_EQ(options.attributes.clear, uint64_t{MOUNT_ATTR_NOSUID});
  EXPECT_EQ(options.data, std::vector<std::string>{"size=64k"});
}

TEST(MountOptions, AccessTimeModesReplaceEachOther) {
  const uint64_t strict = MOUNT_ATTR_STRICTATIME;
  EXPECT_EQ(ParseMountOptions({"noatime", "strictatime"}).attributes.set, strict);
  EXPECT_EQ(ParseMountOptions({"noatime", "relatime"}).attributes.set, 0u);
  EXPECT_EQ(ParseMountOptions({"noatime", "nostrictatime"}).attributes.set, uint64_t{MOUNT_ATTR_NOATIME});
  EXPECT_EQ(ParseMountOptions({"atime"}).attributes.clear, uint64_t{MOUNT_ATTR__ATIME});
}

TEST(MountOptions, RecursiveWordsAreApart) {
  const MountOptions options = ParseMountOptions({"rbind", "rro", "rnoexec", "rexec"});
  EXPECT_TRUE(options.bind);
  EXPECT_EQ(options.bind_recursion, Recursion::kAllBelow);
  EXPECT_EQ(options.attributes.set, 0u);
  EXPECT_EQ(options.recursive_attributes.set, uint64_t{MOUNT_ATTR_RDONLY});
  EXPECT_EQ(options.recursive_attributes.clear, uint64_t{MOUNT_ATTR_NOEXEC});
}

TEST(MountOptions, PropagationKeepsItsOrder) {
  const MountOptions options = ParseMountOptions({"rslave", "shared"});
  ASSERT_EQ(options.propagation.size(), 2u);
  EXPECT_EQ(options.propagation[0].kind, uint64_t{MS_SLAVE});
  EXPECT_EQ(options.propagation[0].recursion, Recursion::kAllBelow);
  EXPECT_EQ(options.propagation[1].kind, uint64_t{MS_SHARED});
  EXPECT_EQ(options.propagation[1].recursion, Recursion::kThisMount);
}

TEST(MountOptions, RootPropagation) {
  EXPECT_EQ(ParseRootPropagation("")->kind, uint64_t{MS_SLAVE});
  EXPECT_EQ(ParseRootPropagation("rshared")->recursion, Recursion::kAllBelow);
  EXPECT_FALSE(ParseRootPropagation("ro").ok());
  EXPECT_FALSE(ParseRootPropagation("sideways").ok());
}

}  // namespace
}  // namespace tare::rootfs
