#include "security/lsm.h"

#include <fcntl.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
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

// Since Linux 5.8, AppArmor has a directory of its own. It does not exist if the kernel was built without
// AppArmor. If AppArmor was disabled at boot, writing fails with EINVAL.
Status WriteApparmorExec(const std::string& profile) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  const std::string path = absl::StrCat(kAttributes, "apparmor/exec");
  StatusOr<kernel::Fd> file = procfs->Open(path, O_WRONLY);
  if (ErrnoOf(file.status()) == ENOENT) return NoApparmor(profile);
  TARE_RETURN_IF_ERROR(file.status());
  Status status = kernel::WriteOnce(file->get(), absl::StrCat("exec ", profile), path);
  if (ErrnoOf(status) == EINVAL) return NoApparmor(profile);
  if (ErrnoOf(status) == ENOENT) return InvalidError("the profile is not loaded (see apparmor_parser(8))");
  return status;
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

Status SetApparmorProfile(const std::string& profile) {
  if (profile.empty()) return absl::OkStatus();
  return Annotate(WriteApparmorExec(profile), "AppArmor profile ", profile);
}

Status SetSelinuxLabel(const std::string& label) {
  if (label.empty()) return absl::OkStatus();
  if (!SelinuxEnabled()) return InvalidError("SELinux label ", label, ": the kernel does not run SELinux");
  return Annotate(WriteAttribute("exec", label), "SELinux label ", label);
}

Status SetSelinuxKeyLabel(const std::string& label) {
  return Annotate(WriteAttribute("keycreate", label), "SELinux label ", label, " of the session keyring");
}

}  // namespace tare::security
