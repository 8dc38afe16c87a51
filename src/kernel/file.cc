#include "kernel/file.h"

#include <dirent.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "kernel/procfs.h"

namespace tare::kernel {
namespace {

std::string Call(absl::string_view name, absl::string_view path) {
  return absl::StrCat(name, "(", path, ")");
}

}  // namespace

StatusOr<Fd> Open(const std::string& path, int flags, mode_t mode) {
  return OpenAt(AT_FDCWD, path, flags, mode);
}

StatusOr<Fd> OpenAt(int dir, const std::string& path, int flags, mode_t mode) {
  int fd = openat(dir, path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return ErrnoError(errno, Call("open", path));
  return Fd(fd);
}

StatusOr<Fd> OpenResolved(int dir, const std::string& path, int flags, uint64_t resolve, mode_t mode) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = resolve;
  // EAGAIN: a rename or a mount elsewhere raced with "..", and the kernel could not rule out
  // an escape (openat2(2)).
  for (int attempt = 0; attempt < 128; ++attempt) {
    long fd = syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return ErrnoError(errno, Call("openat2", path));
}

StatusOr<Fd> OpenBeneath(int dir, const std::string& path, int flags, mode_t mode) {
  return OpenResolved(dir, path, flags, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS, mode);
}

StatusOr<Fd> Reopen(int fd, int flags) {
  TARE_ASSIGN_OR_RETURN(const Procfs* procfs, Procfs::Get());
  int reopened = openat(procfs->fd(), absl::StrCat("self/fd/", fd).c_str(), flags | O_CLOEXEC);
  if (reopened < 0) return ErrnoError(errno, absl::StrCat("reopening descriptor ", fd));
  return Fd(reopened);
}

StatusOr<std::string> ReadLinkAt(int dir, const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(dir, path.c_str(), target, sizeof target);
  if (length < 0) return ErrnoError(errno, Call("readlink", path));
  return std::string(target, static_cast<size_t>(length));
}

StatusOr<Fd> Duplicate(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return ErrnoError(errno, absl::StrCat("fcntl(F_DUPFD_CLOEXEC, ", fd, ")"));
  return Fd(copy);
}

StatusOr<std::string> ReadAll(int fd, absl::string_view name, size_t limit) {
  std::string contents;
  char buffer[16384];
  for (;;) {
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, Call("read", name));
    if (got == 0) return contents;
    // The size is only looked up for files that are larger than the buffer; most are not.
    struct stat st {};
    if (contents.empty() && got == sizeof buffer && fstat(fd, &st) == 0 && st.st_size > 0 &&
        static_cast<size_t>(st.st_size) <= limit)
      contents.reserve(static_cast<size_t>(st.st_size) + 1);
    contents.append(buffer, static_cast<size_t>(got));
    if (contents.size() > limit) return InvalidError(name, ": larger than the limit of ", limit, " bytes");
  }
}

StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  return ReadFileAt(AT_FDCWD, path, limit);
}

StatusOr<std::string> ReadFileAt(int dir, const std::string& path, size_t limit) {
  TARE_ASSIGN_OR_RETURN(Fd fd, OpenAt(dir, path, O_RDONLY));
  return ReadAll(fd.get(), path, limit);
}

StatusOr<Fd> OpenRegular(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(Fd fd, Open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  TARE_ASSIGN_OR_RETURN(struct stat st, Stat(fd.get()));
  if (!S_ISREG(st.st_mode)) return InvalidError(path, ": not a regular file");
  return fd;
}

StatusOr<std::string> ReadRegular(const std::string& path, size_t limit) {
  TARE_ASSIGN_OR_RETURN(Fd fd, OpenRegular(path));
  return ReadAll(fd.get(), path, limit);
}

Status WriteFile(const std::string& path, absl::string_view value) {
  return WriteFileAt(AT_FDCWD, path, value);
}

Status WriteFileAt(int dir, const std::string& path, absl::string_view value) {
  TARE_ASSIGN_OR_RETURN(Fd fd, OpenAt(dir, path, O_WRONLY));
  return WriteOnce(fd.get(), value, path);
}

Status WriteOnce(int fd, absl::string_view value, absl::string_view name) {
  ssize_t written = write(fd, value.data(), value.size());
  while (written < 0 && errno == EINTR) written = write(fd, value.data(), value.size());
  if (written < 0) return ErrnoError(errno, absl::StrCat("write(", name, ", \"", value.substr(0, 80), "\")"));
  if (static_cast<size_t>(written) != value.size()) return ErrnoError(EIO, Call("write", name));
  return absl::OkStatus();
}

Status WriteAll(int fd, absl::string_view contents, absl::string_view name) {
  while (!contents.empty()) {
    const ssize_t written = write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return ErrnoError(written < 0 ? errno : EIO, Call("write", name));
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

Status ReplaceFile(int dir, const std::string& name, absl::string_view contents, mode_t mode) {
  const std::string temporary = absl::StrCat(".", name, ".", getpid());
  TARE_ASSIGN_OR_RETURN(Fd fd, OpenAt(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode));
  Status status = WriteAll(fd.get(), contents, name);
  if (status.ok() && renameat(dir, temporary.c_str(), dir, name.c_str()) != 0)
    status = ErrnoError(errno, Call("rename", name));
  if (!status.ok()) unlinkat(dir, temporary.c_str(), 0);
  return status;
}

StatusOr<Fd> MemoryFile(const char* name, absl::string_view contents) {
  // Since Linux 6.3 the flag should be given, and if the sysctl vm.memfd_noexec is 2, it must. Older kernels
  // do not know it.
  constexpr unsigned kNoExecSeal = 0x0008U;  // MFD_NOEXEC_SEAL
  Fd fd(memfd_create(name, MFD_CLOEXEC | kNoExecSeal));
  if (!fd && errno == EINVAL) fd = Fd(memfd_create(name, MFD_CLOEXEC));
  if (!fd) return ErrnoError(errno, Call("memfd_create", name));
  if (contents.empty()) return fd;
  TARE_RETURN_IF_ERROR(WriteAll(fd.get(), contents, name));
  if (lseek(fd.get(), 0, SEEK_SET) != 0) return ErrnoError(errno, Call("lseek", name));
  return fd;
}

Status MakeDirectories(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) return absl::OkStatus();
  if (errno == ENOENT) {
    const size_t slash = path.find_last_of('/');
    if (slash == std::string::npos || slash == 0) return ErrnoError(ENOENT, Call("mkdir", path));
    TARE_RETURN_IF_ERROR(MakeDirectories(path.substr(0, slash), mode));
    if (mkdir(path.c_str(), mode) == 0) return absl::OkStatus();
  }
  if (errno != EEXIST) return ErrnoError(errno, Call("mkdir", path));
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return ErrnoError(errno, Call("stat", path));
  if (!S_ISDIR(st.st_mode)) return ErrnoError(ENOTDIR, Call("mkdir", path));
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> ListDirectory(int dir) {
  TARE_ASSIGN_OR_RETURN(Fd fd, OpenAt(dir, ".", O_RDONLY | O_DIRECTORY));
  std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd.get()), closedir);
  if (!stream) return ErrnoError(errno, "fdopendir");
  fd.Release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return ErrnoError(errno, "readdir");
  return names;
}

Status EmptyDirectory(int dir) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(dir));
  for (const std::string& name : names) {
    if (unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR && errno != EPERM) return ErrnoError(errno, Call("unlink", name));
    TARE_ASSIGN_OR_RETURN(const Fd inner, OpenBeneath(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TARE_RETURN_IF_ERROR(EmptyDirectory(inner.get()), name);
    if (unlinkat(dir, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
      return ErrnoError(errno, Call("rmdir", name));
  }
  return absl::OkStatus();
}

StatusOr<int64_t> FilesystemType(int fd) {
  struct statfs fs {};
  if (fstatfs(fd, &fs) != 0) return ErrnoError(errno, "fstatfs");
  return static_cast<int64_t>(fs.f_type);
}

StatusOr<struct stat> Stat(int fd) {
  struct stat st {};
  if (fstat(fd, &st) != 0) return ErrnoError(errno, "fstat");
  return st;
}

StatusOr<bool> Exists(int dir, const std::string& name) {
  struct stat st {};
  if (fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT) return false;
  return ErrnoError(errno, absl::StrCat("fstatat(", name, ")"));
}

StatusOr<std::string> RealPath(const std::string& path) {
  char resolved[PATH_MAX];
  if (!realpath(path.c_str(), resolved)) return ErrnoError(errno, Call("realpath", path));
  return std::string(resolved);
}

}  // namespace tare::kernel
