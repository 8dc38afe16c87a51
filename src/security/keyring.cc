#include "security/keyring.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "base/step.h"
#include "security/lsm.h"

namespace tare::security {
namespace {

constexpr uint32_t kOwnerMaySearch = 0x00080000;  // KEY_USR_SEARCH, keyctl_setperm(3)

// "keyring;UID;GID;PERMISSIONS;NAME", the permissions in hexadecimal: keyctl_describe(3)
StatusOr<uint32_t> Permissions(long key) {
  char text[512];
  const long size = syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, text, sizeof text);
  if (size < 0) return ErrnoError(errno, "keyctl(KEYCTL_DESCRIBE)");
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(text, strnlen(text, sizeof text)), ';');
  uint32_t permissions = 0;
  if (fields.size() < 5 || !absl::SimpleHexAtoi(fields[3], &permissions))
    return absl::InternalError("keyctl(KEYCTL_DESCRIBE): malformed description");
  return permissions;
}

// A later `tare exec` finds the keyring by its name only if it is allowed to search it.
Status LetOwnerSearch(long key) {
  TARE_ASSIGN_OR_RETURN(const uint32_t permissions, Permissions(key));
  if (permissions & kOwnerMaySearch) return absl::OkStatus();
  if (syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions | kOwnerMaySearch) != 0)
    return ErrnoError(errno, "keyctl(KEYCTL_SETPERM)");
  return absl::OkStatus();
}

Status Join(const std::string& name) {
  const long key = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str());
  // 0: it is the session keyring that we have, because we are in a container with the same ID (tare in tare).
  if (key >= 0) return LetOwnerSearch(key == 0 ? KEY_SPEC_SESSION_KEYRING : key);
  if (errno == ENOSYS) {
    log::Debug("no session keyring: the kernel does not support keyrings");
    return absl::OkStatus();
  }
  return ErrnoError(errno, "keyctl(KEYCTL_JOIN_SESSION_KEYRING)");
}

}  // namespace

Status JoinSessionKeyring(const std::string& container_id, const std::string& label) {
  TARE_STEP("join the session keyring _ses.", container_id);
  const std::string name = absl::StrCat("_ses.", container_id);
  if (label.empty() || !SelinuxEnabled()) return Annotate(Join(name), "session keyring ", name);
  TARE_RETURN_IF_ERROR(SetSelinuxKeyLabel(label));
  const Status joined = Join(name);
  const Status reset = SetSelinuxKeyLabel("");
  return Annotate(joined.ok() ? reset : joined, "session keyring ", name);
}

}  // namespace tare::security
