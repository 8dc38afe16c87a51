#include "security/lsm.h"

#include <fcntl.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "door/act.h"
#include "kernel/file.h"
#include "kernel/procfs.h"

namespace tare::security {
namespace {

// Attributes belong to a thread, and only the thread itself may write them.
constexpr char kAttributes[] = "thread-self/attr/";

Status WriteAttribute(absl::string_view name, absl::string_view value) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  return procfs->Write(absl::StrCat(kAttributes, name), value);
}

// The error begins with runc's text, which programs match.
Status NoApparmor(const std::string& profile) {
  if (profile == "unconfined") return absl::OkStatus();  // true without AppArmor
  return InvalidError(
      "apparmor: config provided but apparmor not supported: the kernel does not run AppArmor");
}

}  // namespace

bool ApparmorEnabled() {
  StatusOr<std::string> enabled = kernel::ReadFile("/sys/module/apparmor/parameters/enabled");
  return enabled.ok() && enabled->starts_with('Y');
}

bool SelinuxEnabled() {
  // The filesystem is registered if and only if SELinux was not disabled at boot. It does not have
  // to be mounted.
  StatusOr<const kernel::Procfs*> procfs = kernel::Procfs::Get();
  if (!procfs.ok()) return false;
  StatusOr<std::string> filesystems = (*procfs)->Read("filesystems");
  return filesystems.ok() && filesystems->find("\tselinuxfs\n") != std::string::npos;
}

// Since Linux 5.8, AppArmor has a directory of its own. It does not exist if the kernel was built without
// AppArmor.
StatusOr<bool> AppliesApparmor(const std::string& profile) {
  if (profile.empty()) return false;
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  const Status found = procfs->Open(door::kApparmorAttribute, O_PATH).status();
  if (found.ok()) return true;
  if (ErrnoOf(found) != ENOENT) return Annotate(found, "AppArmor profile ", profile);
  TARE_RETURN_IF_ERROR(NoApparmor(profile), "AppArmor profile ", profile);
  return false;
}

// If AppArmor was disabled at boot, writing fails with EINVAL.
Status ApparmorError(const std::string& profile, int error) {
  const std::string call = absl::StrCat("write(", door::kApparmorAttribute, ", \"exec ", profile, "\")");
  const Status status = error == EINVAL   ? NoApparmor(profile)
                        : error == ENOENT ? InvalidError("the profile is not loaded (see apparmor_parser(8))")
                                          : ErrnoError(error, call);
  return Annotate(status, "AppArmor profile ", profile);
}

StatusOr<bool> AppliesSelinux(const std::string& label) {
  if (label.empty()) return false;
  if (!SelinuxEnabled()) return InvalidError("SELinux label ", label, ": the kernel does not run SELinux");
  return true;
}

Status SelinuxError(const std::string& label, int error) {
  return ErrnoError(error, absl::StrCat("SELinux label ", label, ": write(", door::kSelinuxAttribute, ", \"",
                                        label, "\")"));
}

Status SetSelinuxKeyLabel(const std::string& label) {
  return Annotate(WriteAttribute("keycreate", label), "SELinux label ", label, " of the session keyring");
}

}  // namespace tare::security
