// User namespaces, what may forbid them to users, and the directories that a user needs.
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cgroup/directory.h"
#include "doctor/playground.h"
#include "doctor/probes.h"
#include "doctor/tool.h"
#include "kernel/file.h"
#include "kernel/search_path.h"
#include "namespaces/id_map.h"

namespace tare::doctor {
namespace {

constexpr uid_t kNobody = 65'534;

std::string Setting(const char* path) {
  const StatusOr<std::string> text = kernel::ReadFile(absl::StrCat("/proc/sys/", path));
  return text.ok() ? std::string(absl::StripSuffix(*text, "\n")) : "";
}

// What usually forbids user namespaces, the most certain first.
std::string UserNamespaceCure() {
  if (Setting("user/max_user_namespaces") == "0") return "sysctl -w user.max_user_namespaces=15000";
  if (Setting("kernel/unprivileged_userns_clone") == "0")
    return "sysctl -w kernel.unprivileged_userns_clone=1";
  if (Setting("kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or load an AppArmor profile for tare "
           "that "
           "allows userns";
  return "use a kernel with CONFIG_USER_NS; if tare runs in a container, allow unshare and clone3 with "
         "CLONE_NEWUSER in its seccomp profile";
}

// Whether root of the namespace has capabilities in it: AppArmor can take these away.
Status UseUserNamespace() {
  TARE_RETURN_IF_ERROR(EnterUserNamespace(CLONE_NEWUTS));
  constexpr absl::string_view kName = "tare-doctor";
  return sethostname(kName.data(), kName.size()) == 0 ? absl::OkStatus() : ErrnoError(errno, "sethostname");
}

// Changing the user made the process undumpable, and its ID maps root's (proc(5)).
Status BecomeNobody() {
  if (setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0)
    return ErrnoError(errno, absl::StrCat("setresuid(", kNobody, ")"));
  return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ? absl::OkStatus()
                                                 : ErrnoError(errno, "prctl(PR_SET_DUMPABLE)");
}

// Either the file is set-user-ID root, or it has a file capability.
bool IsPrivileged(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return false;
  return ((st.st_mode & S_ISUID) != 0 && st.st_uid == 0) ||
         getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

std::string NameOf(uid_t uid) {
  const std::string passwd = kernel::ReadRegular("/etc/passwd", 1 << 20).value_or("");
  for (absl::string_view line : absl::StrSplit(passwd, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ':');
    if (fields.size() >= 3 && fields[2] == absl::StrCat(uid)) return std::string(fields[0]);
  }
  return "";
}

struct Range {
  uint32_t first = 0;
  uint32_t count = 0;
};

// The largest range of the calling user in a file of lines "NAME-OR-UID:FIRST:COUNT" (subuid(5)).
std::optional<Range> LargestRange(const char* path) {
  const std::string text = kernel::ReadRegular(path, 1 << 20).value_or("");
  const std::string name = NameOf(getuid());
  Range largest;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ':');
    Range range;
    if (fields.size() != 3 || (fields[0] != name && fields[0] != absl::StrCat(getuid()))) continue;
    if (!absl::SimpleAtoi(fields[1], &range.first) || !absl::SimpleAtoi(fields[2], &range.count)) continue;
    if (range.count > largest.count) largest = range;
  }
  if (largest.count == 0) return std::nullopt;
  return largest;
}

// For a command line: the UID if the user has no name.
std::string CallingUser() {
  const std::string name = NameOf(getuid());
  return name.empty() ? absl::StrCat(getuid()) : name;
}

std::string SubordinateCure() {
  return absl::StrCat("usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ", CallingUser());
}

std::vector<spec::IdMapping> SelfAnd(uint32_t self, const Range& range) {
  return {{.container_id = 0, .host_id = self, .size = 1},
          {.container_id = 1, .host_id = range.first, .size = range.count}};
}

Status MapRanges(const Range& uids, const Range& gids) {
  return namespaces::UserNamespaceWith(SelfAnd(geteuid(), uids), SelfAnd(getegid(), gids)).status();
}

}  // namespace

Finding UserNamespace(const Patient&) {
  return FindingOf(UseUserNamespace(), UserNamespaceCure());
}

Finding UserNamespaceForUsers(const Patient&) {
  if (const Status status = BecomeNobody(); !status.ok())
    return Limited(absl::StrCat("cannot be found out: ", status.message()), "run tare doctor as a user");
  return FindingOf(UseUserNamespace(), UserNamespaceCure());
}

Finding MapTools(const Patient&) {
  for (const char* tool : {"newuidmap", "newgidmap"}) {
    const std::string path = kernel::FindProgram(tool);
    if (path.empty()) return Missing(absl::StrCat(tool, " is not in $PATH"), "install the package uidmap");
    if (!IsPrivileged(path))
      return Missing(absl::StrCat(path, " has no privileges"), absl::StrCat("chmod u+s ", path));
  }
  return Ok();
}

Finding SubordinateIds(const Patient&) {
  for (const char* path : {"/etc/subuid", "/etc/subgid"})
    if (!LargestRange(path))
      return Missing(absl::StrCat(path, " has no range for this user"), SubordinateCure());
  return Ok(absl::StrCat(LargestRange("/etc/subuid")->count, " user IDs, ",
                         LargestRange("/etc/subgid")->count, " group IDs"));
}

// By doing it: the ranges may also come from another source than the files, and the tools may be refused.
Finding MapOfManyIds(const Patient&) {
  const std::optional<Range> uids = LargestRange("/etc/subuid");
  const std::optional<Range> gids = LargestRange("/etc/subgid");
  if (!uids || !gids) return Missing("there are no subordinate IDs", SubordinateCure());
  return FindingOf(MapRanges(*uids, *gids), "see newuidmap and the user namespace");
}

Finding RuntimeDirectory(const Patient&) {
  const std::string cure = absl::StrCat("log in through PAM, or as root: loginctl enable-linger ",
                                        CallingUser(), "; then export XDG_RUNTIME_DIR=/run/user/", getuid());
  const char* path = std::getenv("XDG_RUNTIME_DIR");
  if (path == nullptr || *path == '\0') return Missing("it is not set", cure);
  struct stat st {};
  if (stat(path, &st) != 0) return Missing(absl::StrCat(path, ": ", ErrnoText(errno)), cure);
  if (st.st_uid != geteuid()) return Missing(absl::StrCat(path, " belongs to another user"), cure);
  return access(path, W_OK | X_OK) == 0 ? Ok(path) : Missing(absl::StrCat(path, " is not writable"), cure);
}

Finding StateDirectory(const Patient& patient) {
  const std::string nearest = cgroup::NearestDirectory(patient.root);
  if (access(nearest.c_str(), W_OK | X_OK) == 0) return Ok(patient.root);
  return Missing(absl::StrCat(patient.root, ": ", nearest, ": ", ErrnoText(errno)),
                 patient.is_root ? "choose a writable directory with --root"
                                 : "set XDG_RUNTIME_DIR, or choose a writable directory with --root");
}

}  // namespace tare::doctor
