#include "connect/config.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tare::connect {
namespace {

spec::Config Configured(std::vector<spec::Namespace> namespaces) {
  spec::Config config{.hostname = "web"};
  config.platform.namespaces = std::move(namespaces);
  return config;
}

constexpr auto kMount = spec::NamespaceType::kMount;
constexpr auto kNetwork = spec::NamespaceType::kNetwork;

StatusOr<Files> Apply(Kind kind, spec::Config& config) {
  return ApplyNetworks({.kind = kind, .path = "/run/netns/x"}, "/run/tare/web", config);
}

TEST(NetworkConfig, NoFlagChangesNothing) {
  spec::Config config = Configured({{kMount, ""}, {kNetwork, "/run/netns/a"}});
  const spec::Config before = config;
  EXPECT_EQ(*Apply(Kind::kAsConfigured, config), Files{});
  EXPECT_EQ(config, before);
}

TEST(NetworkConfig, ANetworkHasANamespaceOfItsOwn) {
  for (const Kind kind : {Kind::kNone, Kind::kNamed, Kind::kUserMode}) {
    spec::Config config = Configured({{kMount, ""}});
    ASSERT_TRUE(Apply(kind, config).ok());
    EXPECT_EQ(config.platform.namespaces, (std::vector<spec::Namespace>{{kMount, ""}, {kNetwork, ""}}));
    spec::Config joining = Configured({{kMount, ""}, {kNetwork, "/run/netns/a"}});
    EXPECT_EQ(
        Apply(kind, joining).status().message(),
        "--network: config.json joins the network namespace /run/netns/a, which has its networks already");
  }
}

TEST(NetworkConfig, TheHostsNamespaceOrAGivenOneReplacesIt) {
  spec::Config config = Configured({{kMount, ""}, {kNetwork, "/run/netns/a"}});
  ASSERT_TRUE(Apply(Kind::kPath, config).ok());
  EXPECT_EQ(config.platform.namespaces,
            (std::vector<spec::Namespace>{{kMount, ""}, {kNetwork, "/run/netns/x"}}));
  ASSERT_TRUE(Apply(Kind::kHost, config).ok());
  EXPECT_EQ(config.platform.namespaces, (std::vector<spec::Namespace>{{kMount, ""}}));
}

TEST(NetworkConfig, FilesAreMountedFromTheContainersDirectory) {
  spec::Config config = Configured({{kMount, ""}});
  EXPECT_EQ(*Apply(Kind::kNamed, config), (Files{.hosts = true, .resolv_conf = true, .hostname = true}));
  ASSERT_EQ(config.mounts.size(), 3u);
  EXPECT_EQ(config.mounts[0].destination, "/etc/hosts");
  EXPECT_EQ(config.mounts[0].source, "/run/tare/web/hosts");
}

TEST(NetworkConfig, TheBundlesOwnMountStays) {
  spec::Config config = Configured({{kMount, ""}});
  config.mounts = {{.destination = "/etc/hosts/", .type = "bind", .source = "/my/hosts"}};
  config.hostname.clear();
  EXPECT_EQ(*Apply(Kind::kNamed, config), (Files{.resolv_conf = true}));
  EXPECT_EQ(config.mounts.size(), 2u);
}

TEST(NetworkConfig, NothingIsMountedInTheHostsNamespace) {
  spec::Config config = Configured({});
  EXPECT_EQ(*Apply(Kind::kNamed, config), Files{});
  EXPECT_TRUE(config.mounts.empty());
}

}  // namespace
}  // namespace tare::connect
