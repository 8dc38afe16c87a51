// One cgroup's directory: its files by name, what is below it, and its removal. The same on v1 and v2.
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

  // The directory's descriptor (O_PATH), opened at the first call and kept.
  StatusOr<int> Descriptor();

  // A file right in this directory. A name out of a config ("hugetlb.../../x") leads nowhere else: openat2
  // refuses it (GHSA-5g49-rx9x-qfc6).
  StatusOr<kernel::Fd> Open(const std::string& file, int flags);
  StatusOr<std::string> Read(const std::string& file);  // without the newline at the end
  Status Write(const std::string& file, absl::string_view value);

 private:
  std::string path_;
  kernel::Fd directory_;
};

// `path`, or the nearest directory above it that is there.
std::string NearestDirectory(std::string path);

// mkdir -p. The directories that were missing, the highest first; EEXIST of the last one shows in its
// absence.
StatusOr<std::vector<std::string>> MakeDirectories(const std::string& path);

// Undoes MakeDirectories(), as far as the directories are empty.
void RemoveDirectories(const std::vector<std::string>& made);

// The cgroups right below, by their paths; of one that is gone, none.
StatusOr<std::vector<std::string>> DirectoriesIn(const std::string& path);

// Every process in the cgroup and those below it; those that are not in this pid namespace are left out. A
// cgroup that is gone has none.
StatusOr<std::vector<pid_t>> PidsBelow(const std::string& path);

// True if the process is right in the cgroup, not below it.
bool Holds(const std::string& path, pid_t pid);

// Moves a process in, by its number.
Status MoveInto(const std::string& path, pid_t pid);

// Removes the cgroups and those below them. Processes that are dying keep a cgroup busy for a moment: it is
// tried again for 10 s. One that is gone is not an error.
Status RemoveBelow(std::vector<std::string> paths);

}  // namespace tare::cgroup
