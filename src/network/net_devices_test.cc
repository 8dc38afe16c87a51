// Each test has two unnamed network namespaces, which disappear with their interfaces when it closes them.
// The interfaces are veth pairs whose other ends stay in the runtime's namespace.
#include "network/net_devices.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernel/fd.h"

namespace tare::network {
namespace {

kernel::Fd CurrentNetns() {
  return kernel::Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

// What ip(8) prints in the namespace that the test is in.
std::string Ip(const std::string& arguments) {
  const std::string command = absl::StrCat("ip ", arguments, " 2>&1");
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  for (size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, got);
  pclose(pipe);
  return output;
}

class NetDevices : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to make network namespaces";
    original_ = CurrentNetns();
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    container_ = CurrentNetns();
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    runtime_ = CurrentNetns();
    const std::string added = Ip("link add tare0 type veth peer name peer0");
    if (!added.empty()) GTEST_SKIP() << "this kernel makes no veth pairs: " << added;
    ASSERT_EQ(Ip("link add tare1 type veth peer name peer1"), "");
  }

  void TearDown() override {
    if (!original_) return;
    ASSERT_EQ(setns(original_.get(), CLONE_NEWNET), 0);
  }

  // As Ip(), in the container's namespace.
  std::string IpThere(const std::string& arguments) {
    EXPECT_EQ(setns(container_.get(), CLONE_NEWNET), 0);
    std::string output = Ip(arguments);
    EXPECT_EQ(setns(runtime_.get(), CLONE_NEWNET), 0);
    return output;
  }

  Status Move(const std::map<std::string, spec::NetDevice>& devices) {
    return MoveDevices(devices, container_.get());
  }

  bool Here(const std::string& name) { return absl::StrContains(Ip("link show dev " + name), "mtu"); }
  bool There(const std::string& name) { return absl::StrContains(IpThere("link show dev " + name), "mtu"); }

  kernel::Fd original_;
  kernel::Fd container_;
  kernel::Fd runtime_;
};

TEST_F(NetDevices, NoneAreFine) {
  EXPECT_TRUE(Move({}).ok());
}

TEST_F(NetDevices, MoveUnderTheirNameAndAreUp) {
  const Status status = Move({{"tare0", {}}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_FALSE(Here("tare0"));
  EXPECT_TRUE(absl::StrContains(IpThere("link show dev tare0"), "UP")) << IpThere("link show dev tare0");
}

TEST_F(NetDevices, MoveUnderAnotherName) {
  const Status status = Move({{"tare0", {.name = "eth0"}}, {"tare1", {.name = "tare0"}}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(There("eth0"));
  EXPECT_TRUE(There("tare0"));
  EXPECT_FALSE(There("tare1"));
}

TEST_F(NetDevices, MoveAlsoWhenTheirOldNameIsTakenThere) {
  IpThere("link add tare0 type veth peer name other");
  const Status status = Move({{"tare0", {.name = "eth0"}}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(There("eth0"));
  EXPECT_TRUE(There("tare0"));
}

TEST_F(NetDevices, ATemplateGetsANumberFromTheKernel) {
  IpThere("link add eth0 type veth peer name other");
  Ip("addr add 192.0.2.1/24 dev tare0");
  const Status status = Move({{"tare0", {.name = "eth%d"}}, {"tare1", {.name = "eth%d"}}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(absl::StrContains(IpThere("addr show dev eth1"), "192.0.2.1/24"));
  EXPECT_TRUE(absl::StrContains(IpThere("link show dev eth2"), "UP"));
}

TEST_F(NetDevices, MoveThoughTheirIndexIsTakenThere) {
  for (int i = 0; i < 4; ++i) IpThere(absl::StrCat("link add x", i, " type veth peer name y", i));
  Ip("addr add 192.0.2.1/24 dev tare0");
  const Status status = Move({{"tare0", {}}, {"tare1", {}}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(absl::StrContains(IpThere("addr show dev tare0"), "192.0.2.1/24"));
}

TEST_F(NetDevices, KeepWhatTheyAre) {
  Ip("link set dev tare0 mtu 1400 address 02:00:00:00:00:07");
  ASSERT_TRUE(Move({{"tare0", {.name = "eth0"}}}).ok());
  const std::string link = IpThere("link show dev eth0");
  EXPECT_TRUE(absl::StrContains(link, "mtu 1400")) << link;
  EXPECT_TRUE(absl::StrContains(link, "02:00:00:00:00:07")) << link;
}

TEST_F(NetDevices, KeepTheirPermanentGlobalAddresses) {
  ASSERT_EQ(Ip("link set dev peer0 up") + Ip("link set dev tare0 up"), "");
  ASSERT_EQ(Ip("addr add 192.0.2.1/24 brd 192.0.2.255 dev tare0 label tare0:x"), "");
  ASSERT_EQ(Ip("addr add 192.0.2.2/24 dev tare0 metric 77"), "");
  ASSERT_EQ(Ip("addr add 198.51.100.1 peer 198.51.100.2/32 dev tare0 noprefixroute"), "");
  ASSERT_EQ(Ip("addr add 203.0.113.1/24 dev tare0 valid_lft 1000 preferred_lft 1000"), "");
  ASSERT_EQ(Ip("addr add 169.254.7.7/16 scope link dev tare0"), "");
  const Status status = Move({{"tare0", {.name = "eth0"}}});
  ASSERT_TRUE(status.ok()) << status;

  const std::string addresses = IpThere("addr show dev eth0");
  EXPECT_TRUE(absl::StrContains(addresses, "192.0.2.1/24 brd 192.0.2.255 scope global eth0\n")) << addresses;
  EXPECT_TRUE(absl::StrContains(addresses, "192.0.2.2/24 metric 77 scope global secondary eth0\n"))
      << addresses;
  EXPECT_TRUE(
      absl::StrContains(addresses, "198.51.100.1 peer 198.51.100.2/32 scope global noprefixroute eth0\n"))
      << addresses;
  EXPECT_FALSE(absl::StrContains(addresses, "203.0.113.1")) << addresses;
  EXPECT_FALSE(absl::StrContains(addresses, "169.254.7.7")) << addresses;
  EXPECT_TRUE(absl::StrContains(IpThere("route show"), "192.0.2.0/24 dev eth0")) << IpThere("route show");
}

TEST_F(NetDevices, KeepTheirIpv6Addresses) {
  if (!std::filesystem::exists("/proc/sys/net/ipv6")) GTEST_SKIP() << "this kernel has no IPv6";
  ASSERT_EQ(Ip("link set dev peer0 up") + Ip("link set dev tare0 up"), "");
  ASSERT_EQ(Ip("addr add 2001:db8::1/64 dev tare0"), "");
  ASSERT_EQ(Ip("addr add 2001:db8:1::1/64 dev tare0 nodad preferred_lft 0"), "");
  ASSERT_TRUE(Move({{"tare0", {}}}).ok());
  const std::string addresses = IpThere("-6 addr show dev tare0");
  EXPECT_TRUE(absl::StrContains(addresses, "2001:db8::1/64 scope global")) << addresses;
  EXPECT_TRUE(absl::StrContains(addresses, "2001:db8:1::1/64 scope global nodad deprecated")) << addresses;
}

TEST_F(NetDevices, ThatDoNotExistAreAnErrorBeforeAnythingMoves) {
  EXPECT_EQ(Move({{"tare0", {}}, {"tare9", {}}}).message(),
            "network device tare9: no such device in the runtime's network namespace");
  EXPECT_TRUE(Here("tare0"));
}

TEST_F(NetDevices, WhoseNameIsTakenAreAnErrorBeforeAnythingMoves) {
  EXPECT_EQ(Move({{"tare0", {}}, {"tare1", {.name = "lo"}}}).message(),
            "network device tare1: the container already has a device \"lo\"");
  EXPECT_TRUE(Here("tare0"));
  EXPECT_EQ(Move({{"tare0", {.name = "eth0"}}, {"tare1", {.name = "eth0"}}}).message(),
            "network device tare1: another device has the same new name, \"eth0\"");
  EXPECT_TRUE(Here("tare0"));
}

TEST_F(NetDevices, NamesThatTheKernelWouldRefuseAreErrors) {
  for (const char* name :
       {"sixteen-letters-", "a/b", "a:b", "a b", ".", "..", "eth%s", "eth%d%d", "eth%", "%%"})
    EXPECT_EQ(Move({{"tare0", {.name = name}}}).message(),
              absl::StrCat("network device tare0: \"", name, "\" is not a valid network device name"));
  EXPECT_TRUE(Here("tare0"));
  EXPECT_TRUE(Move({{"tare0", {.name = "fifteen-letters"}}}).ok());
}

TEST_F(NetDevices, ALaterFailureUndoesEarlierMoves) {
  ASSERT_EQ(Ip("link set dev tare0 name aaa0"), "");
  ASSERT_EQ(Ip("link set dev peer0 up") + Ip("link set dev aaa0 up"), "");
  ASSERT_EQ(Ip("addr add 192.0.2.1/24 dev aaa0"), "");
  ASSERT_EQ(Ip("link set dev tare1 name bbb0"), "");
  const std::string before = Ip("-o -4 addr show dev aaa0");
  const Status status = Move({{"aaa0", {.name = "eth0"}}, {"bbb0", {}}, {"lo", {.name = "zlo"}}});
  // The loopback cannot move.
  EXPECT_TRUE(absl::StartsWith(status.message(), "network device lo: rtnetlink")) << status;
  EXPECT_FALSE(There("eth0"));
  EXPECT_FALSE(There("aaa0"));
  EXPECT_EQ(Ip("-o -4 addr show dev aaa0"), before);
  EXPECT_TRUE(absl::StrContains(Ip("link show dev aaa0"), ",UP")) << Ip("link show dev aaa0");
  EXPECT_TRUE(Here("bbb0"));
  EXPECT_FALSE(absl::StrContains(Ip("link show dev bbb0"), ",UP")) << "it was down before";
  EXPECT_TRUE(absl::StrContains(Ip("link show dev lo"), "LOOPBACK"));
}

TEST_F(NetDevices, TheCallerStaysInItsNamespace) {
  ASSERT_TRUE(Move({{"tare0", {}}}).ok());
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(fstat(runtime_.get(), &before), 0);
  ASSERT_EQ(fstat(CurrentNetns().get(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(NetDevices, SomethingElseThanANamespaceIsAnError) {
  const kernel::Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(MoveDevices({{"tare0", {}}}, file.get()).message(), "setns(CLONE_NEWNET): invalid argument");
  EXPECT_TRUE(Here("tare0"));
}

TEST_F(NetDevices, LoopbackComesUp) {
  ASSERT_FALSE(absl::StrContains(Ip("link show dev lo"), "UP"));
  ASSERT_TRUE(BringLoopbackUp().ok());
  EXPECT_TRUE(absl::StrContains(Ip("link show dev lo"), "LOOPBACK,UP"));
  EXPECT_TRUE(absl::StrContains(Ip("addr show dev lo"), "127.0.0.1/8"));
  EXPECT_TRUE(BringLoopbackUp().ok());
}

}  // namespace
}  // namespace tare::network
