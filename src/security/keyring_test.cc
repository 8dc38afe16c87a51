#include "security/keyring.h"

#include <gtest/gtest.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace tare::security {
namespace {

// "keyring;UID;GID;PERMISSIONS;NAME" of this process's session keyring.
std::string Describe() {
  char text[256] = "";
  if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text) < 0) return "";
  return text;
}

long Serial() {
  return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}

bool NoKeyrings() {
  return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) < 0 && errno == ENOSYS;
}

TEST(Keyring, IsNamedAfterTheContainerAndFoundAgainByIt) {
  if (NoKeyrings()) GTEST_SKIP() << "this kernel has no keyrings";
  const pid_t pid = fork();
  if (pid == 0) {
    const long before = Serial();
    const std::string id = "keyring-test-" + std::to_string(getpid());
    if (!JoinSessionKeyring(id, "").ok()) _exit(1);
    const long own = Serial();
    const std::string description = Describe();
    if (own == before) _exit(2);
    if (!description.ends_with(";_ses." + id)) _exit(3);
    if (description.find(";3f1b0000;") == std::string::npos)
      _exit(4);  // the default, and search permission for the owner
    // A later exec finds the keyring as long as the container has it.
    const pid_t other = fork();
    if (other == 0) {
      if (!JoinSessionKeyring("another-" + id, "").ok() || Serial() == own) _exit(1);
      _exit(JoinSessionKeyring(id, "").ok() && Serial() == own ? 0 : 2);
    }
    int status = 0;
    waitpid(other, &status, 0);
    _exit(status == 0 ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "exit status " << WEXITSTATUS(status);
}

TEST(Keyring, ANameThatTheKernelRefusesIsAnError) {
  if (NoKeyrings()) GTEST_SKIP() << "this kernel has no keyrings";
  const Status status = JoinSessionKeyring(std::string(5000, 'x'), "");  // longer than KEY_MAX_DESC_SIZE
  EXPECT_NE(status.message().find("KEYCTL_JOIN_SESSION_KEYRING"), std::string::npos) << status;
}

}  // namespace
}  // namespace tare::security
