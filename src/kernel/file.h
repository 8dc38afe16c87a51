// open(2), openat2(2), read(2), write(2), mkdirat(2), statfs(2): files by descriptor and name.
//
// Every descriptor is close-on-exec. A `dir` of AT_FDCWD means the working directory. Errors name the call
// and the path ("open(/x): no such file or directory") and carry the errno.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// open(2) of a trusted path of the runtime namespace.
StatusOr<Fd> Open(const std::string& path, int flags, mode_t mode = 0);
StatusOr<Fd> OpenAt(int dir, const std::string& path, int flags, mode_t mode = 0);

// openat2(2) with RESOLVE_* in `resolve` (Linux 5.6).
StatusOr<Fd> OpenResolved(int dir, const std::string& path, int flags, uint64_t resolve, mode_t mode = 0);

// Only below `dir`: "..", absolute links and magic links cannot lead out of it, and no mount is crossed.
// For cgroup files.
StatusOr<Fd> OpenBeneath(int dir, const std::string& path, int flags, mode_t mode = 0);

// A new descriptor of what an O_PATH descriptor denotes, through the verified procfs (see procfs.h).
StatusOr<Fd> Reopen(int fd, int flags);

// readlinkat(2); EINVAL: `path` exists and is not a link.
StatusOr<std::string> ReadLinkAt(int dir, const std::string& path);

// fcntl(F_DUPFD_CLOEXEC), never one of 0, 1, 2.
StatusOr<Fd> Duplicate(int fd);

// The whole file; more than `limit` bytes are an error.
StatusOr<std::string> ReadAll(int fd, absl::string_view name, size_t limit = 16 << 20);
StatusOr<std::string> ReadFile(const std::string& path, size_t limit = 16 << 20);
StatusOr<std::string> ReadFileAt(int dir, const std::string& path, size_t limit = 16 << 20);

// For a file that an image or a container may have replaced: anything but a regular file is an error. Opening
// never blocks, not even for a FIFO without a writer, a terminal or another device.
StatusOr<Fd> OpenRegular(const std::string& path);
StatusOr<std::string> ReadRegular(const std::string& path, size_t limit);

// One write(2) of `value` to an existing file. Files of the kernel take a value whole or not at all.
Status WriteFile(const std::string& path, absl::string_view value);
Status WriteFileAt(int dir, const std::string& path, absl::string_view value);
Status WriteOnce(int fd, absl::string_view value, absl::string_view name);

// Writes all of `contents`, with several calls if necessary: if the disk fills up, the first is cut short and
// the next one fails with ENOSPC.
Status WriteAll(int fd, absl::string_view contents, absl::string_view name);

// Writes `contents` to a new file and renames it over `name` in `dir`, so that a reader sees either the old
// contents or the new.
Status ReplaceFile(int dir, const std::string& name, absl::string_view contents, mode_t mode);

// A new memfd that holds `contents`, at offset 0. `name` is only shown in /proc.
StatusOr<Fd> MemoryFile(const char* name, absl::string_view contents);

// mkdir(2) of `path` and its missing parents, like mkdir -p. For trusted paths only; see resolve.h
// for a rootfs.
Status MakeDirectories(const std::string& path, mode_t mode);

// The names in the directory, without "." and "..".
StatusOr<std::vector<std::string>> ListDirectory(int dir);

// Removes everything in the directory, at any depth. Follows no links and crosses no mounts.
Status EmptyDirectory(int dir);

// statfs(2) f_type, a *_SUPER_MAGIC.
StatusOr<int64_t> FilesystemType(int fd);

StatusOr<struct stat> Stat(int fd);

// Whether the name exists; a dangling link exists too.
StatusOr<bool> Exists(int dir, const std::string& name);

// realpath(3)
StatusOr<std::string> RealPath(const std::string& path);

}  // namespace tare::kernel
