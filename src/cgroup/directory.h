// The directory of a cgroup: its files by name, the cgroups below it, and its removal. The same on v1 and v2.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::cgroup {

class Directory {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // The directory's descriptor (O_PATH), which is opened by the first call and kept.
  StatusOr<int> Descriptor();

  // Opens a file in this directory. A name from a config ("hugetlb.../../x") cannot lead anywhere else:
  // openat2 refuses it (GHSA-5g49-rx9x-qfc6).
  StatusOr<kernel::Fd> Open(const std::string& file, int flags);
  StatusOr<std::string> Read(const std::string& file);           // without the newline at the end
  StatusOr<std::string> ReadIfPresent(const std::string& file);  // "" if the file or the cgroup is gone
  Status Write(const std::string& file, absl::string_view value);

 private:
  std::string path_;
  kernel::Fd directory_;
};

// `path`, or the nearest directory above it that exists.
std::string NearestDirectory(std::string path);

// Creates `path` and the directories above it, like mkdir -p. Returns those that were missing, the highest
// first; if `path` itself existed, it is not among them.
StatusOr<std::vector<std::string>> MakeDirectories(const std::string& path);

// Removes what MakeDirectories() has created, as far as the directories are empty.
void RemoveDirectories(const std::vector<std::string>& made);

// The paths of the cgroups directly below `path`; none if it does not exist.
StatusOr<std::vector<std::string>> DirectoriesIn(const std::string& path);

// Every process in the cgroup and in those below it, except processes that are not in this pid namespace.
// None if the cgroup does not exist.
StatusOr<std::vector<pid_t>> PidsBelow(const std::string& path);

// True if the process is in this cgroup itself, not in one below it.
bool HasProcess(const std::string& path, pid_t pid);

// Moves a process in by its pid.
Status MoveInto(const std::string& path, pid_t pid);

// Removes the cgroups and those below them. Dying processes keep a cgroup busy for a moment, so this is tried
// for 10 s. It is not an error if a cgroup does not exist.
Status RemoveTrees(std::vector<std::string> paths);

// An error if processes other than `init` are in the cgroup or below it. The texts of this and of
// FrozenError() are those of runc, which engines show.
Status CheckUnused(const std::string& path, pid_t init);
Status FrozenError(const std::string& path);

}  // namespace tare::cgroup
