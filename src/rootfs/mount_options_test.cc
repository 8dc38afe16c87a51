#include "rootfs/mount_options.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rootfs/mount_flags.h"

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

TEST(MountOptions, FlagsAreSetAndCleared) {
  const MountOptions options = ParseMountOptions({"ro", "nosuid", "nodev", "suid", "norelatime", "size=64k"});
  EXPECT_EQ(options.flags, uint64_t{MS_RDONLY | MS_NODEV});
  EXPECT_EQ(options.cleared_flags, uint64_t{MS_NOSUID | MS_RELATIME});
  EXPECT_EQ(options.data, std::vector<std::string>{"size=64k"});
}

TEST(MountOptions, RecursiveAccessTimes) {
  const auto change = [](const std::vector<std::string>& words) {
    return ParseMountOptions(words).recursive_attributes;
  };
  const uint64_t all = MOUNT_ATTR__ATIME;
  const uint64_t noatime = MOUNT_ATTR_NOATIME;
  EXPECT_EQ(change({"rrelatime"}).clear, all);
  EXPECT_EQ(change({"ratime"}).clear, all);
  EXPECT_EQ(change({"rnorelatime"}).clear, 0u);
  EXPECT_EQ(change({"rnoatime", "rrelatime"}).set, noatime);
  EXPECT_EQ(change({"rnoatime", "rnostrictatime"}).set, noatime);
  EXPECT_EQ(change({"rnoatime", "ratime"}).set, 0u);
  EXPECT_EQ(change({"rnoatime", "rstrictatime"}).set, noatime | MOUNT_ATTR_STRICTATIME);  // EINVAL
}

// The order in which mount(2) takes them.
TEST(MountFlags, OneAccessTimeMode) {
  const uint64_t strict = MOUNT_ATTR_STRICTATIME;
  EXPECT_EQ(AttributesOf(MS_NOATIME | MS_STRICTATIME), strict);
  EXPECT_EQ(AttributesOf(MS_NOATIME | MS_RELATIME), uint64_t{MOUNT_ATTR_NOATIME});
  EXPECT_EQ(AttributesOf(MS_NODIRATIME), uint64_t{MOUNT_ATTR_NODIRATIME});
}

TEST(MountFlags, ExactlyClearsWhatIsNotNamed) {
  const uint64_t others = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
  EXPECT_EQ(ChangeToExactly(MS_RDONLY).set, uint64_t{MOUNT_ATTR_RDONLY});
  EXPECT_EQ(ChangeToExactly(MS_RDONLY).clear, others);
  EXPECT_EQ(ChangeToExactly(MS_RDONLY | MS_RELATIME).clear,
            others | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME);
  EXPECT_EQ(ChangeToExactly(MS_NODIRATIME).set, uint64_t{MOUNT_ATTR_NODIRATIME});
  EXPECT_EQ(ChangeToExactly(MS_NODIRATIME).clear, others | MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME);
}

TEST(MountOptions, RecursiveWordsAreApart) {
  const MountOptions options = ParseMountOptions({"rbind", "rro", "rnoexec", "rexec"});
  EXPECT_TRUE(options.bind);
  EXPECT_EQ(options.bind_recursion, Recursion::kAllBelow);
  EXPECT_FALSE(ChangesFlags(options));
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

TEST(MountOptions, OneStringMayHoldSeveral) {
  struct Case {
    const char* text;
    std::vector<std::string> options;
  };
  const Case cases[] = {
      {"size=10k,mode=755", {"size=10k", "mode=755"}},
      {"size=10k,", {"size=10k"}},
      {",,size=10k,,mode=755", {"size=10k", "mode=755"}},
      {"", {}},
      {",", {}},
      {R"(lowerdir=/a\,b:/c\:d,upperdir=/e\\,workdir=/f)",
       {R"(lowerdir=/a\,b:/c\:d)", R"(upperdir=/e\\)", "workdir=/f"}},
      {R"(size=1\)", {R"(size=1\)"}},
      {"context=\"u:r:t:s0:c1,c2\",ro", {"context=\"u:r:t:s0:c1,c2\"", "ro"}},
      {"lowerdir=/a\"b,upperdir=/c\"", {"lowerdir=/a\"b", "upperdir=/c\""}},
      {"mpol=bind:0,2-3,5,size=1m,4=x", {"mpol=bind:0,2-3,5", "size=1m", "4=x"}},
  };
  for (const Case& c : cases) EXPECT_EQ(SplitOptions(c.text), c.options) << c.text;
}

TEST(MountOptions, WordsAreKnownWhereverTheyStand) {
  const MountOptions options = ParseMountOptions({"rbind,ro,size=1k", "nosuid,", "rslave,mode=700"});
  EXPECT_TRUE(options.bind);
  EXPECT_EQ(options.flags, uint64_t{MS_RDONLY | MS_NOSUID});
  ASSERT_EQ(options.propagation.size(), 1u);
  EXPECT_EQ(options.data, (std::vector<std::string>{"size=1k", "mode=700"}));
}

TEST(MountOptions, AreWordsAgainInALog) {
  EXPECT_EQ(OptionsInWords(ParseMountOptions({"ro", "size=1k", "tmpcopyup", "rbind", "rprivate", "rro"})),
            (std::vector<std::string>{"rbind", "ro", "rprivate", "rro", "tmpcopyup", "size=1k"}));
  EXPECT_EQ(OptionsInWords(ParseMountOptions({"exec", "private"})),
            (std::vector<std::string>{"exec", "private"}));
  EXPECT_EQ(OptionsInWords(ParseMountOptions({})), std::vector<std::string>());
}

TEST(MountOptions, PasswordsAreNotPutInWords) {
  EXPECT_EQ(OptionsInWords(ParseMountOptions({"username=me", "password=secret", "pass=secret"})),
            (std::vector<std::string>{"username=me", "password=...", "pass=..."}));
}

TEST(MountOptions, LowerDirsOneByOne) {
  std::vector<std::string> layers;
  for (const Layer& layer : SplitLowerDirs(R"(/a:/b\:c\,d::/data::/more\\)"))
    layers.push_back(absl::StrCat(layer.key, " ", layer.path));
  EXPECT_EQ(layers, (std::vector<std::string>{"lowerdir+ /a", "lowerdir+ /b:c,d", "datadir+ /data",
                                              "datadir+ /more\\"}));
}

TEST(MountOptions, DataForTheKernelHasNoQuotes) {
  EXPECT_EQ(SplitDataOption("context=\"u:r:t:s0:c1,c2\"").second, "u:r:t:s0:c1,c2");
  EXPECT_EQ(SplitDataOption("upperdir=\"a\"").second, "\"a\"");
}

TEST(MountOptions, RootPropagation) {
  EXPECT_EQ(ParseRootPropagation("")->kind, uint64_t{MS_SLAVE});
  EXPECT_EQ(ParseRootPropagation("rshared")->recursion, Recursion::kAllBelow);
  EXPECT_FALSE(ParseRootPropagation("ro").ok());
  EXPECT_FALSE(ParseRootPropagation("sideways").ok());
}

}  // namespace
}  // namespace tare::rootfs
