#include "kernel/resolve.h"

#include <linux/openat2.h>

#include <cerrno>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "kernel/file.h"

namespace tare::kernel {
namespace {

constexpr uint64_t kInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

std::vector<std::string> Components(const std::string& path) {
  return absl::StrSplit(path, '/', [](absl::string_view part) { return !part.empty() && part != "."; });
}

}  // namespace

StatusOr<Fd> OpenInRoot(int root, const std::string& path, int flags, mode_t mode) {
  return OpenResolved(root, path.empty() ? "/" : path, flags, kInRoot, mode);
}

StatusOr<Fd> MakeDirectoryInRoot(int root, const std::string& path, mode_t mode) {
  StatusOr<Fd> whole = OpenInRoot(root, path, O_PATH | O_DIRECTORY);
  if (whole.ok() || ErrnoOf(whole.status()) != ENOENT) return whole;

  // Walk by prefixes from the root, so that ".." and links mean what they mean to the container. A missing
  // component is made in the folder reached so far, by a single name: mkdirat follows nothing.
  std::string prefix;
  Fd reached;
  for (const std::string& part : Components(path)) {
    absl::StrAppend(&prefix, "/", part);
    StatusOr<Fd> next = OpenInRoot(root, prefix, O_PATH | O_DIRECTORY);
    if (!next.ok() && ErrnoOf(next.status()) == ENOENT && part != "..") {
      const int parent = reached ? reached.get() : root;
      // EEXIST: a dangling link, or somebody was faster; the next open tells.
      if (mkdirat(parent, part.c_str(), mode) != 0 && errno != EEXIST)
        return ErrnoError(errno, absl::StrCat("mkdir(", prefix, ")"));
      next = OpenInRoot(root, prefix, O_PATH | O_DIRECTORY);
    }
    TARE_RETURN_IF_ERROR(next.status());
    reached = *std::move(next);
  }
  return reached;
}

StatusOr<Fd> MakeFileInRoot(int root, const std::string& path, mode_t mode) {
  StatusOr<Fd> existing = OpenInRoot(root, path, O_PATH);
  if (existing.ok() || ErrnoOf(existing.status()) != ENOENT) return existing;
  TARE_ASSIGN_OR_RETURN(Parent parent, MakeParentInRoot(root, path, 0755));
  TARE_RETURN_IF_ERROR(
      OpenAt(parent.directory.get(), parent.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode).status());
  return OpenAt(parent.directory.get(), parent.name, O_PATH | O_NOFOLLOW);
}

StatusOr<Parent> MakeParentInRoot(int root, const std::string& path, mode_t mode) {
  std::vector<std::string> parts = Components(path);
  if (parts.empty() || parts.back() == ".." || path.back() == '/')
    return InvalidError(path, ": names no file");
  Parent parent;
  parent.name = parts.back();
  parts.pop_back();
  TARE_ASSIGN_OR_RETURN(parent.directory,
                        MakeDirectoryInRoot(root, absl::StrCat("/", absl::StrJoin(parts, "/")), mode));
  return parent;
}

}  // namespace tare::kernel
