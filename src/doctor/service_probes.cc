// Programs and services beside the kernel: systemd, CRIU, resctrl.
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "doctor/probes.h"
#include "doctor/tool.h"
#include "kernel/file.h"
#include "kernel/search_path.h"
#include "resctrl/mount.h"
#include "systemd/units.h"

namespace tare::doctor {
namespace {

StatusOr<int> VersionOf(systemd::Instance instance) {
  TARE_ASSIGN_OR_RETURN(systemd::Units units, systemd::Units::Connect(instance));
  return units.Version();
}

Finding Manager(systemd::Instance instance, const char* cure) {
  const StatusOr<int> version = VersionOf(instance);
  return version.ok() ? Ok(absl::StrCat("version ", *version)) : FindingOf(version.status(), cure);
}

// "Version: 4.2"
std::string CriuVersion(const std::string& path) {
  const StatusOr<ToolOutput> output = RunTool({path, "--version"});
  if (!output.ok() || output->code != 0) return "";
  for (absl::string_view line : absl::StrSplit(output->text, '\n'))
    if (absl::StartsWith(line, "Version: ")) return std::string(line.substr(9));
  return LastLine(output->text);
}

}  // namespace

Finding SystemManager(const Patient&) {
  return Manager(systemd::Instance::kSystem,
                 "boot with systemd and start its message bus (dbus); without it, omit --systemd-cgroup");
}

Finding UserManager(const Patient&) {
  return Manager(systemd::Instance::kUser,
                 "as root: loginctl enable-linger USER; then set XDG_RUNTIME_DIR=/run/user/UID, and install "
                 "dbus-user-session");
}

Finding Criu(const Patient& patient) {
  const std::string path = kernel::FindProgram("criu");
  if (path.empty()) return Missing("criu is not in $PATH", "install the package criu");
  const std::string version = CriuVersion(path);
  if (version.empty()) return Missing(absl::StrCat(path, " does not run"), "reinstall the package criu");
  const StatusOr<ToolOutput> check = RunTool({path, "check"});
  if (check.ok() && check->code == 0) return Ok(absl::StrCat(version, ", criu check succeeds"));
  const std::string why = check.ok() ? LastLine(check->text) : std::string(check.status().message());
  return Limited(absl::StrCat(version, ", criu check fails: ", why),
                 patient.is_root ? "use a kernel with what `criu check` names, or a newer CRIU"
                                 : "checkpoint and restore as root");
}

Finding Resctrl(const Patient&) {
  if (const StatusOr<std::string> mounted = resctrl::MountPoint(); mounted.ok()) return Ok(*mounted);
  const std::string filesystems = kernel::ReadFile("/proc/filesystems").value_or("");
  if (absl::StrContains(filesystems, "resctrl"))
    return Missing("it is not mounted", "mount -t resctrl resctrl /sys/fs/resctrl");
  return Missing("the kernel does not offer it",
                 "use a CPU with Intel RDT, AMD QoS or Arm MPAM, and a kernel with CONFIG_X86_CPU_RESCTRL");
}

}  // namespace tare::doctor
