#include "security/lsm.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace tare::security {
namespace {

std::string ActiveModules() {
  std::string modules;
  std::getline(std::ifstream("/sys/kernel/security/lsm"), modules);
  return "," + modules + ",";
}

TEST(Lsm, EmptyNamesDoNothing) {
  EXPECT_TRUE(SetApparmorProfile("").ok());
  EXPECT_TRUE(SetSelinuxLabel("").ok());
}

TEST(Lsm, AgreesWithTheListOfActiveModules) {
  const std::string modules = ActiveModules();
  if (modules == ",,") GTEST_SKIP() << "securityfs is not mounted: nothing to compare with";
  EXPECT_EQ(ApparmorEnabled(), modules.find(",apparmor,") != std::string::npos);
  EXPECT_EQ(SelinuxEnabled(), modules.find(",selinux,") != std::string::npos);
}

TEST(Lsm, ANameWithoutItsModuleIsAnErrorThatSaysSo) {
  if (ApparmorEnabled() || SelinuxEnabled()) GTEST_SKIP() << "this kernel runs one of them";
  EXPECT_EQ(SetApparmorProfile("docker-default").message(),
            "AppArmor profile docker-default: apparmor: config provided but apparmor not supported: the "
            "kernel does "
            "not run AppArmor");
  EXPECT_EQ(SetApparmorProfile("unconfined"), absl::OkStatus());
  EXPECT_EQ(SetSelinuxLabel("a:b:c:s0").message(), "SELinux label a:b:c:s0: the kernel does not run SELinux");
}

TEST(Lsm, AProfileThatIsNotLoadedIsAnError) {
  if (!ApparmorEnabled()) GTEST_SKIP() << "this kernel does not run AppArmor";
  const Status status = SetApparmorProfile("tare-no-such-profile");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.message(),
            "AppArmor profile tare-no-such-profile: the profile is not loaded (see apparmor_parser(8))");
}

}  // namespace
}  // namespace tare::security
