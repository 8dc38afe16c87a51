#include "doctor/playground.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/file.h"
#include "kernel/mount.h"

namespace tare::doctor {
namespace {

Status Unshare(uint64_t namespaces) {
  if (unshare(static_cast<int>(namespaces)) != 0) return ErrnoError(errno, "unshare");
  if ((namespaces & CLONE_NEWNS) == 0) return absl::OkStatus();
  return kernel::SetRootPropagation(MS_PRIVATE, kernel::Recursion::kAllBelow);
}

// user_namespaces(7): without CAP_SETGID outside, setgroups must be denied before the GID is mapped.
Status MapSelf(uid_t uid, gid_t gid) {
  TARE_RETURN_IF_ERROR(kernel::WriteFile("/proc/self/setgroups", "deny"));
  TARE_RETURN_IF_ERROR(kernel::WriteFile("/proc/self/uid_map", absl::StrCat("0 ", uid, " 1")));
  return kernel::WriteFile("/proc/self/gid_map", absl::StrCat("0 ", gid, " 1"));
}

}  // namespace

Status EnterPlayground(const Patient& patient, uint64_t namespaces) {
  return patient.is_root ? Unshare(namespaces) : EnterUserNamespace(namespaces);
}

Status EnterUserNamespace(uint64_t namespaces) {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return ErrnoError(errno, "unshare(CLONE_NEWUSER)");
  TARE_RETURN_IF_ERROR(MapSelf(uid, gid));
  return namespaces == 0 ? absl::OkStatus() : Unshare(namespaces);
}

StatusOr<kernel::Fd> NewMount(const std::string& type) {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open(type));
  return fs.Mount(/*attributes=*/0);
}

// By fork(2), because clone3(2) may be missing.
Status InChild(absl::FunctionRef<Status()> body) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe2");
  const kernel::Fd reader(ends[0]);
  kernel::Fd writer(ends[1]);
  const pid_t child = fork();
  if (child < 0) return ErrnoError(errno, "fork");
  if (child == 0) {
    const Status status = body();
    if (!status.ok()) (void)kernel::WriteAll(writer.get(), SerializeStatus(status), "pipe");
    _exit(0);
  }
  writer.Close();
  TARE_ASSIGN_OR_RETURN(const std::string error, kernel::ReadAll(reader.get(), "pipe"));
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  return error.empty() ? absl::OkStatus() : ParseStatus(error);
}

}  // namespace tare::doctor
