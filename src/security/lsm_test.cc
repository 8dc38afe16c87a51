#include "security/lsm.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
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
  EXPECT_FALSE(*AppliesApparmor(""));
  EXPECT_FALSE(*AppliesSelinux(""));
}

TEST(Lsm, AgreesWithTheListOfActiveModules) {
  const std::string modules = ActiveModules();
  if (modules == ",,") GTEST_SKIP() << "securityfs is not mounted: nothing to compare with";
  EXPECT_EQ(ApparmorEnabled(), modules.find(",apparmor,") != std::string::npos);
  EXPECT_EQ(SelinuxEnabled(), modules.find(",selinux,") != std::string::npos);
}

TEST(Lsm, ANameWithoutItsModuleIsAnErrorThatSaysSo) {
  if (ApparmorEnabled() || SelinuxEnabled()) GTEST_SKIP() << "this kernel runs one of them";
  EXPECT_EQ(AppliesApparmor("docker-default").status().message(),
            "AppArmor profile docker-default: apparmor: config provided but apparmor not supported: the "
            "kernel does "
            "not run AppArmor");
  EXPECT_FALSE(*AppliesApparmor("unconfined"));
  EXPECT_EQ(AppliesSelinux("a:b:c:s0").status().message(),
            "SELinux label a:b:c:s0: the kernel does not run SELinux");
}

TEST(Lsm, WhyALabelWasRefusedIsSaid) {
  EXPECT_EQ(ApparmorError("web", ENOENT).message(),
            "AppArmor profile web: the profile is not loaded (see apparmor_parser(8))");
  EXPECT_EQ(ApparmorError("web", EACCES).message(),
            "AppArmor profile web: write(thread-self/attr/apparmor/exec, \"exec web\"): permission denied");
  EXPECT_EQ(SelinuxError("a:b:c:s0", EINVAL).message(),
            "SELinux label a:b:c:s0: write(thread-self/attr/exec, \"a:b:c:s0\"): invalid argument");
}

}  // namespace
}  // namespace tare::security
