#include "connect/networks.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace tare::connect {
namespace {

using cni::Attachment;

std::string Error(const NetworkFlags& flags) {
  const StatusOr<Networks> networks = ParseNetworks(flags);
  return networks.ok() ? "" : std::string(networks.status().message());
}

Networks Parsed(const NetworkFlags& flags) {
  StatusOr<Networks> networks = ParseNetworks(flags);
  EXPECT_TRUE(networks.ok()) << networks.status();
  return networks.ok() ? *std::move(networks) : Networks{};
}

TEST(Networks, NoFlagChangesNothing) {
  EXPECT_EQ(Parsed({}).kind, Kind::kAsConfigured);
  EXPECT_FALSE(Parsed({}).attached());
}

TEST(Networks, WordsThatAreNoNames) {
  EXPECT_EQ(Parsed({.networks = {"host"}}).kind, Kind::kHost);
  EXPECT_EQ(Parsed({.networks = {"none"}}).kind, Kind::kNone);
  EXPECT_EQ(Parsed({.networks = {"ns:/run/netns/a:b"}}).path, "/run/netns/a:b");
  EXPECT_EQ(Parsed({.networks = {"pasta"}}).program, "pasta");
  EXPECT_EQ(Parsed({.networks = {"slirp4netns"}}).kind, Kind::kUserMode);
}

TEST(Networks, ProgramsDoNotLimitTraffic) {
  EXPECT_FALSE(ParseNetworks({.networks = {"pasta"}, .bandwidth = "ingress=1m"}).ok());
  EXPECT_TRUE(ParseNetworks({.networks = {"pasta"}, .ports = {"80"}}).ok());
}

TEST(Networks, NamesHaveOptions) {
  const Networks networks =
      Parsed({.networks = {"web", "db:ip=10.1.2.3,mac=02:00:5e:10:00:01,interface_name=db0"}});
  EXPECT_EQ(networks.kind, Kind::kNamed);
  ASSERT_EQ(networks.request.attachments.size(), 2u);
  EXPECT_EQ(networks.request.attachments[0], (Attachment{.network = "web"}));
  EXPECT_EQ(
      networks.request.attachments[1],
      (Attachment{.network = "db", .interface = "db0", .ips = {"10.1.2.3"}, .mac = "02:00:5e:10:00:01"}));
}

TEST(Networks, AddressesAreThoseOfTheOnlyNetwork) {
  const Networks networks =
      Parsed({.networks = {"web"}, .ips = {"10.1.2.3", "fd00::3"}, .mac = "02:00:5e:10:00:01"});
  EXPECT_EQ(networks.request.attachments[0].ips, (std::vector<std::string>{"10.1.2.3", "fd00::3"}));
  EXPECT_EQ(networks.request.attachments[0].mac, "02:00:5e:10:00:01");
  const char kOneNetwork[] =
      "--ip needs exactly one --network NAME; with several, use --network NAME:ip=IP,mac=MAC";
  EXPECT_EQ(Error({.networks = {"a", "b"}, .ips = {"10.1.2.3"}}), kOneNetwork);
  EXPECT_EQ(Error({.networks = {"none"}, .ips = {"10.1.2.3"}}), kOneNetwork);
}

TEST(Networks, WhatNeedsANetworkSaysSo) {
  EXPECT_EQ(Error({.ports = {"80:80"}}), "--publish needs --network NAME");
  EXPECT_EQ(Error({.networks = {"host"}, .ports = {"80:80"}}), "--publish needs --network NAME");
  EXPECT_EQ(Error({.bandwidth = "ingress=1m"}), "--bandwidth needs --network NAME");
  EXPECT_EQ(Error({.hosts = {"a:10.0.0.1"}}), "--add-host needs --network NAME");
  EXPECT_EQ(Error({.dns = {"10.0.0.1"}}), "--dns needs --network NAME");
}

TEST(Networks, WhatIsWrongIsNamed) {
  EXPECT_EQ(Error({.networks = {"none", "web"}}), "--network web: cannot be combined with another network");
  EXPECT_EQ(Error({.networks = {"web", "host"}}), "--network host: cannot be combined with another network");
  EXPECT_EQ(Error({.networks = {"host:mtu=1"}}), "--network host: has no options: mtu=1");
  EXPECT_EQ(Error({.networks = {"ns:net"}}),
            "--network ns:net: expected the absolute path of a network namespace");
  EXPECT_EQ(Error({.networks = {"web", "web"}}), "--network web is given twice");
  EXPECT_EQ(Error({.networks = {"web:alias=x"}}),
            "--network: unknown option alias of network web: use ip, mac or interface_name");
  EXPECT_EQ(Error({.networks = {"web:interface_name=a/b"}}),
            "--network: interface_name=a/b: not the name of an interface");
  for (const char* name : {"", ".", "..", "a:b", "a b", "net%d", "caf\xc3\xa9", "a\x7f", "sixteen-letters-"})
    EXPECT_NE(Error({.networks = {absl::StrCat("web:interface_name=", name)}}), "") << name;
  EXPECT_EQ(Error({.networks = {"web"}, .ips = {"10.1.2"}}), "--ip 10.1.2: not an IP address");
  EXPECT_EQ(Error({.networks = {"web"}, .mac = "01:00:5e:10:00:01"}),
            "--mac 01:00:5e:10:00:01: expected the address of one interface, as in 02:00:5e:10:00:01");
  EXPECT_EQ(Error({.networks = {"web"}, .hosts = {"a=1"}}), "--add-host a=1: expected NAME:IP");
  EXPECT_NE(Error({.networks = {"../web"}}), "");
  EXPECT_EQ(Error({.networks = {"container:db"}}),
            "--network container:db: for the network of another container use ns:/proc/PID/ns/net, with the "
            "PID that \"tare state\" shows");
  EXPECT_EQ(Error({.networks = {"web"}, .dns = {"10.1.2.3/24"}}), "--dns 10.1.2.3/24: not an IP address");
  EXPECT_EQ(Error({.networks = {"web"}, .dns = {""}}), "--dns : not an IP address");
}

TEST(Bandwidth, IsInBits) {
  const StatusOr<cni::Bandwidth> bandwidth = ParseBandwidth("ingress=10m,egress=1G,egress-burst=64k");
  ASSERT_TRUE(bandwidth.ok()) << bandwidth.status();
  EXPECT_EQ(
      *bandwidth,
      (cni::Bandwidth{.ingress_rate = 10'000'000, .egress_rate = 1'000'000'000, .egress_burst = 64'000}));
  for (const char* text :
       {"", "10m", "ingress=", "ingress=m", "ingress=-1", "rate=1", "ingress=0", "ingress=99999999999999g"})
    EXPECT_FALSE(ParseBandwidth(text).ok()) << text;
}

}  // namespace
}  // namespace tare::connect
