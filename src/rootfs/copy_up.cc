#include "rootfs/copy_up.h"

#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/file.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;

constexpr int kDeepest = 256;

Status CopyTree(int from, int to, dev_t device, int depth);

Status CopyContents(int from, int to, const std::string& name, const struct stat& st) {
  TARE_ASSIGN_OR_RETURN(Fd in, kernel::OpenAt(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  TARE_ASSIGN_OR_RETURN(
      Fd out, kernel::OpenAt(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, st.st_mode & 07777));
  ssize_t sent = 1;
  while (sent > 0) sent = sendfile(out.get(), in.get(), nullptr, 1 << 20);
  if (sent < 0) return ErrnoError(errno, absl::StrCat("sendfile(", name, ")"));
  return absl::OkStatus();
}

Status CopyLink(int from, int to, const std::string& name) {
  TARE_ASSIGN_OR_RETURN(const std::string target, kernel::ReadLinkAt(from, name));
  if (symlinkat(target.c_str(), to, name.c_str()) != 0)
    return ErrnoError(errno, absl::StrCat("symlink(", name, ")"));
  return absl::OkStatus();
}

Status CopyDirectory(int from, int to, const std::string& name, const struct stat& st, int depth) {
  if (mkdirat(to, name.c_str(), st.st_mode & 07777) != 0)
    return ErrnoError(errno, absl::StrCat("mkdir(", name, ")"));
  TARE_ASSIGN_OR_RETURN(Fd below_from, kernel::OpenAt(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  TARE_ASSIGN_OR_RETURN(Fd below_to, kernel::OpenAt(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  return CopyTree(below_from.get(), below_to.get(), st.st_dev, depth + 1);
}

Status CopyOne(int from, int to, const std::string& name, dev_t device, int depth) {
  struct stat st {};
  if (fstatat(from, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0)
    return ErrnoError(errno, absl::StrCat("stat(", name, ")"));
  Status status;
  if (S_ISDIR(st.st_mode)) {
    // A directory on another device is a mount: the directory is copied, but not its content.
    const int directory_depth = st.st_dev == device ? depth : kDeepest;
    status = CopyDirectory(from, to, name, st, directory_depth);
  } else if (S_ISLNK(st.st_mode)) {
    status = CopyLink(from, to, name);
  } else if (S_ISREG(st.st_mode)) {
    status = CopyContents(from, to, name, st);
  } else if (mknodat(to, name.c_str(), st.st_mode, st.st_rdev) != 0) {
    status = ErrnoError(errno, absl::StrCat("mknod(", name, ")"));
  }
  TARE_RETURN_IF_ERROR(status);
  if (fchownat(to, name.c_str(), st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    return ErrnoError(errno, absl::StrCat("chown(", name, ")"));
  // chown(2) has cleared the set-user-ID bits, and mkdir(2) and open(2) have applied the umask.
  if (!S_ISLNK(st.st_mode) && fchmodat(to, name.c_str(), st.st_mode & 07777, 0) != 0)
    return ErrnoError(errno, absl::StrCat("chmod(", name, ")"));
  return absl::OkStatus();
}

Status CopyTree(int from, int to, dev_t device, int depth) {
  if (depth > kDeepest) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> names, kernel::ListDirectory(from));
  for (const std::string& name : names) TARE_RETURN_IF_ERROR(CopyOne(from, to, name, device, depth));
  return absl::OkStatus();
}

}  // namespace

Status CopyUp(int from, int to) {
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(from));
  TARE_RETURN_IF_ERROR(CopyTree(from, to, st.st_dev, 0));
  if (fchownat(to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) != 0) return ErrnoError(errno, "chown");
  return absl::OkStatus();
}

}  // namespace tare::rootfs
