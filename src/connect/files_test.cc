#include "connect/files.h"

#include <gtest/gtest.h>

namespace tare::connect {
namespace {

TEST(Hosts, HaveTheContainersNames) {
  EXPECT_EQ(HostsText({.id = "c1", .hostname = "web", .addresses = {"10.1.2.3"}}, {{"10.9.9.9", "proxy"}}),
            "127.0.0.1\tlocalhost\n"
            "::1\tlocalhost ip6-localhost ip6-loopback\n"
            "10.1.2.3\tweb c1\n"
            "10.9.9.9\tproxy\n");
}

TEST(Hosts, OtherContainersComeAndGo) {
  const std::string before = "127.0.0.1\tlocalhost\n# mine\n";
  const std::string with =
      WithNames(before, {.id = "db", .hostname = "db", .addresses = {"10.1.2.4", "fd00::4"}});
  EXPECT_EQ(with,
            "127.0.0.1\tlocalhost\n# mine\n10.1.2.4\tdb\t# container db\nfd00::4\tdb\t# container db\n");
  EXPECT_EQ(WithNames(with, {.id = "db", .hostname = "d", .addresses = {"10.1.2.5"}}),
            "127.0.0.1\tlocalhost\n# mine\n10.1.2.5\td db\t# container db\n");
  EXPECT_EQ(WithoutNames(with, "db"), before);
  EXPECT_EQ(WithoutNames(with, "b"), with);
}

TEST(Hosts, AHostNameThatIsNoneIsLeftOut) {
  for (const char* hostname : {"a\n10.9.9.9 bank", "a b", "a#", "\t", "\x7f"})
    EXPECT_EQ(WithNames("", {.id = "db", .hostname = hostname, .addresses = {"10.1.2.4"}}),
              WithNames("", {.id = "db", .addresses = {"10.1.2.4"}}))
        << hostname;
}

constexpr char kHost[] =
    "# host\nnameserver 127.0.0.1\nnameserver  192.0.2.1\nsearch example.org\noptions ndots:2\n";

TEST(ResolvConf, GivenServersComeFirst) {
  const std::vector<cni::Joined> joined = {{.dns = {.nameservers = {"10.1.2.1"}, .search = {"in.example"}}}};
  EXPECT_EQ(ResolvConfText({"9.9.9.9"}, joined, kHost), "nameserver 9.9.9.9\nsearch in.example\n");
  EXPECT_EQ(ResolvConfText({"9.9.9.9"}, {}, kHost),
            "nameserver 9.9.9.9\nsearch example.org\noptions ndots:2\n");
}

TEST(ResolvConf, ThenThoseOfTheNetworks) {
  const std::vector<cni::Joined> joined = {
      {.dns = {.nameservers = {"10.1.2.1"}, .domain = "a", .search = {"in.example"}, .options = {"ndots:1"}}},
      {.dns = {.search = {"b"}}}};
  EXPECT_EQ(ResolvConfText({}, joined, kHost),
            "nameserver 10.1.2.1\ndomain a\noptions ndots:1\nsearch in.example b\n");
}

// The loopback address would be the container itself.
TEST(ResolvConf, ThenTheHostsButForItsOwnAddress) {
  EXPECT_EQ(ResolvConfText({}, {}, kHost), "nameserver 192.0.2.1\nsearch example.org\noptions ndots:2\n");
}

}  // namespace
}  // namespace tare::connect
