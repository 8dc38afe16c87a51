#include "cgroup/directory.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/procfs.h"

namespace tare::cgroup {
namespace {

constexpr absl::Duration kRemoveDeadline = absl::Seconds(10);

StatusOr<std::vector<pid_t>> ReadPids(const std::string& file) {
  StatusOr<std::string> text = kernel::ReadFile(file);
  // ENODEV: the cgroup was removed while the file was open.
  if (const int error = ErrnoOf(text.status()); error == ENOENT || error == ENODEV)
    return std::vector<pid_t>();
  TARE_RETURN_IF_ERROR(text.status());
  std::vector<pid_t> pids;
  for (absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    pid_t pid = 0;
    if (absl::SimpleAtoi(line, &pid) && pid > 0) pids.push_back(pid);  // 0: it is not in this pid namespace
  }
  return pids;
}

// The process that a thread belongs to; 0 if it no longer exists.
pid_t ThreadGroupOf(pid_t thread) {
  StatusOr<const kernel::Procfs*> procfs = kernel::Procfs::Get();
  if (!procfs.ok()) return 0;
  StatusOr<std::string> status = (*procfs)->Read(absl::StrCat(thread, "/status"));
  if (!status.ok()) return 0;
  pid_t process = 0;
  for (absl::string_view line : absl::StrSplit(*status, '\n'))
    if (absl::ConsumePrefix(&line, "Tgid:") && absl::SimpleAtoi(line, &process)) break;
  return process;
}

// A threaded cgroup2 does not list processes, only threads (cgroups(7)).
StatusOr<std::vector<pid_t>> ThreadGroupsIn(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> threads, ReadPids(absl::StrCat(path, "/cgroup.threads")));
  std::vector<pid_t> processes;
  for (const pid_t thread : threads)
    if (const pid_t process = ThreadGroupOf(thread); process != 0) processes.push_back(process);
  return processes;
}

// Tries once. Returns the errno of the first directory that could not be removed, or 0.
StatusOr<int> TryRemove(const std::string& path) {
  TARE_STEP("cgroup: remove ", path);
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY && errno != ENOTEMPTY) return ErrnoError(errno, absl::StrCat("rmdir(", path, ")"));
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> children, DirectoriesIn(path));
  for (const std::string& child : children) {
    TARE_ASSIGN_OR_RETURN(const int busy, TryRemove(child));
    if (busy != 0) return busy;
  }
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return 0;
  return errno;
}

// Tries once for each of `paths`. Returns those that could not be removed.
StatusOr<std::vector<std::string>> TryRemoveAll(const std::vector<std::string>& paths) {
  std::vector<std::string> left;
  for (const std::string& path : paths) {
    TARE_ASSIGN_OR_RETURN(const int busy, TryRemove(path));
    if (busy != 0) left.push_back(path);
  }
  return left;
}

int MakeOne(const std::string& path) {
  TARE_STEP("cgroup: make ", path);
  return mkdir(path.c_str(), 0755);
}

Status StillBusy(const std::string& path) {
  StatusOr<std::vector<pid_t>> pids = PidsBelow(path);
  const std::string who = pids.ok() && !pids->empty()
                              ? absl::StrCat(" (it still holds processes ", absl::StrJoin(*pids, ", "), ")")
                              : "";
  return Annotate(ErrnoError(EBUSY, absl::StrCat("rmdir(", path, ")")), "removing the cgroup", who);
}

}  // namespace

StatusOr<int> Directory::Descriptor() {
  if (!directory_) {
    TARE_ASSIGN_OR_RETURN(directory_, kernel::Open(path_, O_PATH | O_DIRECTORY));
  }
  return directory_.get();
}

StatusOr<kernel::Fd> Directory::Open(const std::string& file, int flags) {
  TARE_ASSIGN_OR_RETURN(const int directory, Descriptor());
  return kernel::OpenBeneath(directory, file, flags | O_NOFOLLOW);
}

StatusOr<std::string> Directory::Read(const std::string& file) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd fd, Open(file, O_RDONLY), path_);
  TARE_ASSIGN_OR_RETURN(std::string text, kernel::ReadAll(fd.get(), file), path_);
  return std::string(absl::StripSuffix(text, "\n"));
}

StatusOr<std::string> Directory::ReadIfPresent(const std::string& file) {
  StatusOr<std::string> text = Read(file);
  if (const int error = ErrnoOf(text.status()); error == ENOENT || error == ENODEV) return std::string();
  return text;
}

Status Directory::Write(const std::string& file, absl::string_view value) {
  TARE_STEP("cgroup: write ", value, " to ", path_, "/", file);
  TARE_ASSIGN_OR_RETURN(const kernel::Fd fd, Open(file, O_WRONLY), path_);
  return Annotate(kernel::WriteOnce(fd.get(), value, file), path_);
}

std::string NearestDirectory(std::string path) {
  while (path.size() > 1 && access(path.c_str(), F_OK) != 0)
    path.resize(std::max<size_t>(path.rfind('/'), 1));
  return path;
}

StatusOr<std::vector<std::string>> MakeDirectories(const std::string& path) {
  std::vector<std::string> made;
  // If another runtime removes an empty parent at this moment, the result is ENOENT; then start again
  // with the parent.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (MakeOne(path) == 0) {
      made.push_back(path);
      return made;
    }
    if (errno == EEXIST) return made;
    const size_t slash = path.find_last_of('/');
    if (errno != ENOENT || slash == 0 || slash == std::string::npos) break;
    TARE_ASSIGN_OR_RETURN(const std::vector<std::string> above, MakeDirectories(path.substr(0, slash)));
    made.insert(made.end(), above.begin(), above.end());
  }
  Status error = ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
  RemoveDirectories(made);
  return error;
}

void RemoveDirectories(const std::vector<std::string>& made) {
  for (auto directory = made.rbegin(); directory != made.rend(); ++directory) rmdir(directory->c_str());
}

// kernfs counts subdirectories in st_nlink. So a cgroup without any, which is the usual case, does not have
// to be listed.
StatusOr<std::vector<std::string>> DirectoriesIn(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) {
    if (errno == ENOENT) return std::vector<std::string>();
    return ErrnoError(errno, absl::StrCat("stat(", path, ")"));
  }
  std::vector<std::string> children;
  if (st.st_nlink == 2) return children;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(path.c_str()), closedir);
  if (!stream) return ErrnoError(errno, absl::StrCat("opendir(", path, ")"));
  while (const dirent* entry = readdir(stream.get())) {
    const absl::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..")
      children.push_back(absl::StrCat(path, "/", name));
  }
  return children;
}

StatusOr<std::vector<pid_t>> PidsBelow(const std::string& path) {
  StatusOr<std::vector<pid_t>> pids = ReadPids(absl::StrCat(path, "/cgroup.procs"));
  if (ErrnoOf(pids.status()) == EOPNOTSUPP) pids = ThreadGroupsIn(path);
  TARE_RETURN_IF_ERROR(pids.status());
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> children, DirectoriesIn(path));
  for (const std::string& child : children) {
    TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> below, PidsBelow(child));
    pids->insert(pids->end(), below.begin(), below.end());
  }
  std::ranges::sort(*pids);  // the threads of a process may be in several cgroups
  pids->erase(std::unique(pids->begin(), pids->end()), pids->end());
  return pids;
}

bool HasProcess(const std::string& path, pid_t pid) {
  for (const char* list : {"/cgroup.procs", "/cgroup.threads"}) {  // a threaded cgroup2 only has the second
    const StatusOr<std::vector<pid_t>> pids = ReadPids(path + list);
    if (pids.ok() && std::ranges::find(*pids, pid) != pids->end()) return true;
  }
  return false;
}

Status MoveInto(const std::string& path, pid_t pid) {
  TARE_STEP("cgroup: move process ", pid, " into ", path);
  const std::string file = absl::StrCat(path, "/cgroup.procs");
  const std::string value = absl::StrCat(pid);
  // EINVAL: the process has just been forked and has not run yet (TASK_NEW).
  for (int attempt = 0;; ++attempt) {
    Status status = kernel::WriteFile(file, value);
    if (ErrnoOf(status) != EINVAL || attempt == 5) return Annotate(status, "entering the cgroup ", path);
    absl::SleepFor(absl::Milliseconds(10));
  }
}

Status RemoveTrees(std::vector<std::string> paths) {
  const absl::Time deadline = absl::Now() + kRemoveDeadline;
  absl::Duration pause = absl::Microseconds(200);
  for (;;) {
    TARE_ASSIGN_OR_RETURN(paths, TryRemoveAll(paths));
    if (paths.empty()) return absl::OkStatus();
    if (absl::Now() > deadline) return StillBusy(paths[0]);
    absl::SleepFor(pause);
    pause = std::min(2 * pause, absl::Milliseconds(20));
  }
}

Status CheckUnused(const std::string& path, pid_t init) {
  if (access(path.c_str(), F_OK) != 0) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(std::vector<pid_t> pids, PidsBelow(path));
  std::erase(pids, init);
  if (pids.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("container's cgroup is not empty: ", pids.size(), " process(es) found in ", path));
}

Status FrozenError(const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat("container's cgroup unexpectedly frozen: ", path, ", or a cgroup above it"));
}

}  // namespace tare::cgroup
