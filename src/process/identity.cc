#include "process/identity.h"

#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/step.h"

namespace tare::process {
Status IdError(int error, const std::string& call) {
  if (error == EINVAL)
    return WithContext(ErrnoError(error, call), "the id is not mapped in the container's user namespace");
  return ErrnoError(error, call);
}

Status TakeGroups(const spec::User& user) {
  if (user.keeps_groups) return absl::OkStatus();
  TARE_STEP("additional groups: ", user.additional_gids.size());
  // The system calls themselves: glibc's wrappers would signal other threads, and a clone has none.
  const long groups = syscall(SYS_setgroups, user.additional_gids.size(), user.additional_gids.data());
  // If the user namespace denies setgroups, the process keeps its groups.
  if (groups != 0 && errno != EPERM) return IdError(errno, "setgroups");
  if (groups != 0 && !user.additional_gids.empty())
    return WithContext(ErrnoError(EPERM, "setgroups"),
                       "cannot set any additional groups in a rootless container that maps a single id");
  return absl::OkStatus();
}

Status SetEffectiveIds(uid_t uid, gid_t gid) {
  // As root on the way there, and root again on the way back.
  const auto set_group = [&] {
    return syscall(SYS_setresgid, -1, gid, -1) == 0 ? absl::OkStatus()
                                                    : IdError(errno, absl::StrCat("setresgid(", gid, ")"));
  };
  if (uid != 0) TARE_RETURN_IF_ERROR(set_group());
  if (syscall(SYS_setresuid, -1, uid, -1) != 0) return IdError(errno, absl::StrCat("setresuid(", uid, ")"));
  return uid == 0 ? set_group() : absl::OkStatus();
}

void OwnStandardStreams(uid_t uid) {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    struct stat st {};
    if (fstat(fd, &st) != 0 || st.st_uid == uid) continue;
    const bool null = S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
    if (!null) [[maybe_unused]]
      const int ignored = fchown(fd, uid, st.st_gid);
  }
}

StatusOr<Entered> EnterWorkingDirectory(const std::string& cwd) {
  if (chdir(cwd.c_str()) != 0) {
    if (errno == EACCES || errno == EPERM) return Entered::kNotPermitted;
    return ErrnoError(errno, absl::StrCat("chdir to cwd (\"", cwd, "\") set in config.json failed"));
  }
  // The system call itself: glibc's getcwd would try again by reading directories. Outside the root the path
  // begins with "(unreachable)".
  char path[PATH_MAX];
  if (syscall(SYS_getcwd, path, sizeof path) < 0)
    return ErrnoError(errno, absl::StrCat("current working directory (\"", cwd, "\")"));
  if (path[0] != '/')
    return absl::PermissionDeniedError(
        "current working directory is outside of container mount namespace root -- possible container "
        "breakout detected");
  return Entered::kYes;
}

}  // namespace tare::process
