#include "shim/options.h"

#include <gtest/gtest.h>

#include "messages/codec.h"

namespace tare::shim {
namespace {

messages::Any Runc(const messages::Options& options) {
  return messages::Pack(options);
}

TEST(ParseOptions, NothingIsTheDefaults) {
  const StatusOr<messages::Options> options = ParseOptions({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->root, "");
  EXPECT_FALSE(options->systemd_cgroup);
}

TEST(ParseOptions, TakesRuncs) {
  const StatusOr<messages::Options> options = ParseOptions(
      Runc({.no_pivot_root = true, .io_uid = 7, .root = "/run/docker/runtime", .systemd_cgroup = true}));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->no_pivot_root);
  EXPECT_TRUE(options->systemd_cgroup);
  EXPECT_EQ(options->io_uid, 7U);
  EXPECT_EQ(options->root, "/run/docker/runtime");
}

// runtimeoptions.v1.Options with the field config_body (3), as CRI writes it for a runtime it does not know.
TEST(ParseOptions, TakesTheTomlOfCri) {
  const std::string toml = "SystemdCgroup = true\n";
  const std::string body = std::string("\x1a") + static_cast<char>(toml.size()) + toml;
  const StatusOr<messages::Options> options =
      ParseOptions({.type_url = "runtimeoptions.v1.Options", .value = body});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->systemd_cgroup);
}

TEST(ParseOptions, RefusesDamagedOnes) {
  EXPECT_FALSE(ParseOptions({.type_url = "containerd.runc.v1.Options", .value = "\xff\xff"}).ok());
}

TEST(ParseToml, ReadsItsSettingsAndPassesOverTheRest) {
  const StatusOr<messages::Options> options = ParseToml(
      "# a comment\n"
      "[table]\n"
      "BinaryName = \"/usr/bin/other\"\n"
      "  Root = '/run/x'\n"
      "NoPivotRoot=true # why not\n"
      "ShimCgroup = \"/shims\"\n"
      "IoUid = 1000\n");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->root, "/run/x");
  EXPECT_TRUE(options->no_pivot_root);
  EXPECT_EQ(options->shim_cgroup, "/shims");
  EXPECT_EQ(options->io_uid, 1000U);
}

TEST(ParseToml, ReadsNamesInAnyCase) {
  const StatusOr<messages::Options> options = ParseToml("systemdCgroup = true\nROOT = '/run/x'\n");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->systemd_cgroup);
  EXPECT_EQ(options->root, "/run/x");
}

TEST(ParseOptions, RefusesAnOwnerThatIsNobody) {
  EXPECT_TRUE(ParseOptions(Runc({.io_uid = 4294967294, .io_gid = 4294967294})).ok());
  EXPECT_EQ(ParseOptions(Runc({.io_uid = 4294967295})).status().message(),
            "runtime options: IoUid: invalid value \"4294967295\"");
  EXPECT_EQ(ParseOptions(Runc({.io_gid = 4294967295})).status().message(),
            "runtime options: IoGid: invalid value \"4294967295\"");
}

TEST(ParseToml, NamesTheSettingThatIsWrong) {
  EXPECT_EQ(ParseToml("SystemdCgroup = yes").status().message(),
            "runtime options: SystemdCgroup: invalid value \"yes\"");
  EXPECT_EQ(ParseToml("Root = /x").status().message(), "runtime options: Root: invalid value \"/x\"");
}

}  // namespace
}  // namespace tare::shim
