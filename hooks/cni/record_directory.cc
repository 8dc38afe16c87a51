#include "hooks/cni/record_directory.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"
#include "kernel/procfs.h"

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673
#endif

namespace tare::cni {
namespace {

constexpr char kRecordFile[] = "record.json";
constexpr char kNetns[] = "netns";

std::string RootDirectory(const Places& places, const std::string& root) {
  return absl::StrCat(places.records, "/", EscapedRoot(root));
}

std::string PathOf(const Places& places, const std::string& root, const std::string& id) {
  return absl::StrCat(RootDirectory(places, root), "/", id);
}

// An ID is the name of a directory.
Status CheckId(const std::string& id) {
  if (!id.empty() && id != "." && id != ".." && id.find('/') == std::string::npos) return absl::OkStatus();
  return InvalidError("invalid container ID \"", id, "\"");
}

bool IsNamespace(const std::string& path) {
  struct statfs fs {};
  return statfs(path.c_str(), &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

StatusOr<std::optional<Record>> ReadRecordIn(int directory, const std::string& path) {
  StatusOr<std::string> json = kernel::ReadFileAt(directory, kRecordFile);
  if (ErrnoOf(json.status()) == ENOENT) return std::optional<Record>();
  TARE_RETURN_IF_ERROR(json.status(), path);
  TARE_ASSIGN_OR_RETURN(Record record, ParseRecord(*json, absl::StrCat(path, "/", kRecordFile)));
  return std::optional<Record>(std::move(record));
}

// The names in a directory, sorted; none if it does not exist.
StatusOr<std::vector<std::string>> SortedNames(const std::string& path) {
  const StatusOr<kernel::Fd> fd = kernel::Open(path, O_RDONLY | O_DIRECTORY);
  const int error = ErrnoOf(fd.status());
  if (error == ENOENT || error == ENOTDIR) return std::vector<std::string>();
  TARE_RETURN_IF_ERROR(fd.status());
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> names, kernel::ListDirectory(fd->get()));
  std::ranges::sort(names);
  return names;
}

}  // namespace

// The directory may be removed while we wait for its lock; then it is a different one, or none, that has the
// name.
StatusOr<std::optional<RecordDirectory>> RecordDirectory::Lock(const std::string& path, bool waits) {
  for (;;) {
    StatusOr<kernel::Fd> fd = kernel::Open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (ErrnoOf(fd.status()) == ENOENT) return std::optional<RecordDirectory>();
    TARE_RETURN_IF_ERROR(fd.status());
    if (waits) {
      TARE_RETURN_IF_ERROR(kernel::LockFile(fd->get(), path));
    } else {
      TARE_ASSIGN_OR_RETURN(const bool locked, kernel::TryToLockFile(fd->get(), path));
      if (!locked) return std::optional<RecordDirectory>();
    }
    TARE_ASSIGN_OR_RETURN(const struct stat st, kernel::Stat(fd->get()));
    if (st.st_nlink != 0) return std::optional(RecordDirectory(path, *std::move(fd)));
  }
}

StatusOr<RecordDirectory> RecordDirectory::Make(const Places& places, const std::string& root,
                                                const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  const std::string path = PathOf(places, root, id);
  for (;;) {
    TARE_RETURN_IF_ERROR(kernel::MakeDirectories(RootDirectory(places, root), 0700));
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      if (errno == ENOENT) continue;  // `gc` has removed the empty directory of the root
      return ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
    }
    TARE_ASSIGN_OR_RETURN(std::optional<RecordDirectory> directory, Lock(path, /*waits=*/true));
    if (directory) return *std::move(directory);
  }
}

StatusOr<std::optional<RecordDirectory>> RecordDirectory::Open(const Places& places, const std::string& root,
                                                               const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  return Lock(PathOf(places, root, id), /*waits=*/true);
}

StatusOr<std::optional<RecordDirectory>> RecordDirectory::TryOpen(const Places& places,
                                                                  const std::string& root,
                                                                  const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  return Lock(PathOf(places, root, id), /*waits=*/false);
}

StatusOr<std::optional<Record>> RecordDirectory::Load() const {
  return ReadRecordIn(fd_.get(), path_);
}

Status RecordDirectory::Save(const Record& record) const {
  TARE_STEP("write ", path_, "/", kRecordFile);
  return Annotate(kernel::ReplaceFile(fd_.get(), kRecordFile, RecordJson(record), 0600), path_);
}

std::string RecordDirectory::NetnsFile() const {
  return absl::StrCat(path_, "/", kNetns);
}

Status RecordDirectory::PinNamespace(pid_t pid) const {
  const std::string target = NetnsFile();
  TARE_STEP("mount the network namespace of process ", pid, " on ", target);
  TARE_RETURN_IF_ERROR(kernel::Open(target, O_RDONLY | O_CREAT | O_NOFOLLOW, 0400).status());
  const std::string source = absl::StrCat("/proc/", pid, "/ns/net");
  if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return ErrnoError(errno, absl::StrCat("mount(", source, ", ", target, ")"));
  return absl::OkStatus();
}

std::string RecordDirectory::NamespacePath(const Record& record) const {
  std::string pin = NetnsFile();
  if (IsNamespace(pin)) return pin;
  return InitIsAlive(record) ? absl::StrCat("/proc/", record.pid, "/ns/net") : "";
}

Status RecordDirectory::Remove() const {
  TARE_STEP("remove ", path_);
  if (umount2(NetnsFile().c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("umount(", NetnsFile(), ")"));
  // The record goes last: until then, another process can go on if this one is killed.
  if (unlinkat(fd_.get(), kNetns, 0) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("unlink(", NetnsFile(), ")"));
  TARE_RETURN_IF_ERROR(kernel::EmptyDirectory(fd_.get()), path_);
  if (rmdir(path_.c_str()) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("rmdir(", path_, ")"));
  rmdir(path_.substr(0, path_.rfind('/')).c_str());  // the root's, if this was its last container
  return absl::OkStatus();
}

StatusOr<std::optional<Record>> PeekRecord(const Places& places, const std::string& root,
                                           const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  const std::string path = PathOf(places, root, id);
  const StatusOr<kernel::Fd> fd = kernel::Open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (ErrnoOf(fd.status()) == ENOENT) return std::optional<Record>();
  TARE_RETURN_IF_ERROR(fd.status());
  return ReadRecordIn(fd->get(), path);
}

StatusOr<std::vector<RecordName>> ListRecords(const Places& places) {
  std::vector<RecordName> all;
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> roots, SortedNames(places.records));
  for (const std::string& escaped : roots) {
    if (absl::StartsWith(escaped, ".")) continue;  // known_versions.h
    const StatusOr<std::string> root = UnescapedRoot(escaped);
    if (!root.ok()) continue;  // not one of ours
    TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                          SortedNames(absl::StrCat(places.records, "/", escaped)));
    for (const std::string& id : ids) all.push_back({*root, id});
  }
  return all;
}

bool InitIsAlive(const Record& record) {
  const StatusOr<std::string> boot = BootId();
  if (boot.ok() && *boot != record.boot) return false;
  const StatusOr<kernel::Fd> init = kernel::OpenProcess(record.pid, record.start_time);
  return !init.ok() || *init;  // if it cannot be found out, it counts as alive
}

StatusOr<std::string> BootId() {
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile("/proc/sys/kernel/random/boot_id", 64));
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace tare::cni
