#include "container/store.h"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>

#include "base/step.h"
#include "base/utc.h"
#include "kernel/file.h"
#include "spec/parse.h"

namespace tare::container {
namespace {

constexpr char kRecord[] = "container.json";
constexpr char kCreating[] = "creating.json";
constexpr char kUnversioned[] = "state.json";  // the name of records that had no version yet
constexpr const char* kRecords[] = {kRecord, kCreating, kUnversioned};
constexpr char kConfig[] = "config.json";
constexpr char kSeccomp[] = "seccomp.bpf";
constexpr char kNotedCgroup[] = "cgroup";

// tare's own directories below the root directory: the cache of filters, and the supervisors' files.
constexpr const char* kReserved[] = {".", "..", ".seccomp", ".supervise"};

bool Allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
         c == '.' || c == '-';
}

// The record of a container below the directory `root`, or "" if it cannot be read at once.
std::string SmallRecord(int root, const std::string& id) {
  const StatusOr<kernel::Fd> file =
      kernel::OpenResolved(root, absl::StrCat(id, "/", kRecord), O_RDONLY, RESOLVE_NO_SYMLINKS);
  char buffer[16384];
  const ssize_t got = file.ok() ? read(file->get(), buffer, sizeof buffer) : 0;
  return got > 0 && got < ssize_t{sizeof buffer} ? std::string(buffer, static_cast<size_t>(got)) : "";
}

int MakeDirectory(const std::string& path) {
  TARE_STEP("make the directory ", path);
  return mkdir(path.c_str(), 0700);
}

}  // namespace

Status CheckId(const std::string& id) {
  const bool reserved = std::find(std::begin(kReserved), std::end(kReserved), id) != std::end(kReserved);
  if (!id.empty() && !reserved && std::all_of(id.begin(), id.end(), Allowed)) return absl::OkStatus();
  return InvalidError("invalid container ID format: \"", id, "\"");
}

Status DoesNotExist(const std::string& root, const std::string& id) {
  return absl::NotFoundError(absl::StrCat("container does not exist: \"", id, "\" not found in ", root));
}

StatusOr<Directory> Directory::Open(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  StatusOr<kernel::Fd> fd = kernel::Open(absl::StrCat(root, "/", id), O_PATH | O_DIRECTORY | O_NOFOLLOW);
  // A regular file or a symbolic link is not a container either.
  if (const int error = ErrnoOf(fd.status()); error == ENOENT || error == ENOTDIR)
    return DoesNotExist(root, id);
  TARE_RETURN_IF_ERROR(fd.status());
  return Directory(root, id, *std::move(fd));
}

StatusOr<Directory> Directory::Claim(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  const std::string path = absl::StrCat(root, "/", id);
  if (MakeDirectory(path) != 0) {
    if (errno == ENOENT) {
      TARE_RETURN_IF_ERROR(kernel::MakeDirectories(root, 0711));
      return Claim(root, id);
    }
    if (errno == EEXIST) return absl::AlreadyExistsError("container with given ID already exists");
    return ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
  }
  StatusOr<kernel::Fd> fd = kernel::Open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (!fd.ok()) rmdir(path.c_str());
  TARE_RETURN_IF_ERROR(fd.status());
  return Directory(root, id, *std::move(fd));
}

StatusOr<Directory::RecordFile> Directory::ReadRecord() const {
  Status absent;
  for (const char* name : kRecords) {
    StatusOr<std::string> json = Read(name);
    if (json.ok()) return RecordFile{absl::StrCat(path(), "/", name), *std::move(json)};
    absent = json.status();
    if (ErrnoOf(absent) != ENOENT) break;
  }
  return absent;
}

StatusOr<Record> Directory::Load() const {
  TARE_ASSIGN_OR_RETURN(const RecordFile file, ReadRecord());
  TARE_ASSIGN_OR_RETURN(Record record, ParseRecord(file.json, file.path));
  if (record.id == id_) return record;
  return InvalidError(file.path, ": /id: this is the record of another container, \"", record.id, "\"");
}

std::string Directory::LoadDamaged() const {
  const StatusOr<RecordFile> file = ReadRecord();
  return file.ok() ? file->json : "";
}

Status Directory::Write(const char* name, const std::string& contents) const {
  TARE_STEP("write ", path(), "/", name, ": ", contents.size(), " bytes");
  return Annotate(kernel::ReplaceFile(fd_.get(), name, contents, 0600), path());
}

StatusOr<std::string> Directory::Read(const char* name) const {
  TARE_ASSIGN_OR_RETURN(std::string contents, kernel::ReadFileAt(fd_.get(), name, kMostOfDocument), path());
  return contents;
}

bool Directory::Has(const char* name) const {
  return kernel::Exists(fd_.get(), name).value_or(false);
}

Status Directory::SaveCreating(const Record& record) const {
  return Write(kCreating, RecordJson(record));
}

Status Directory::Promote() const {
  TARE_STEP("the record is final: ", path(), "/", kRecord);
  if (renameat(fd_.get(), kCreating, fd_.get(), kRecord) != 0)
    return ErrnoError(errno, absl::StrCat("rename(", path(), "/", kCreating, ")"));
  return absl::OkStatus();
}

StatusOr<bool> Directory::creating() const {
  TARE_ASSIGN_OR_RETURN(const bool promoted, kernel::Exists(fd_.get(), kRecord), path());
  return !promoted && !Has(kUnversioned);
}

bool Directory::is_ours() const {
  struct stat st {};
  return fstat(fd_.get(), &st) == 0 && st.st_uid == geteuid();
}

bool Directory::was_used() const {
  return Has(kConfig) || std::ranges::any_of(kRecords, [this](const char* name) { return Has(name); });
}

StatusOr<std::string> Directory::ReadConfig() const {
  return Read(kConfig);
}

StatusOr<spec::Config> Directory::LoadConfig() const {
  TARE_ASSIGN_OR_RETURN(const std::string json, ReadConfig());
  return spec::ParseConfigAgain(json, absl::StrCat(path(), "/", kConfig));
}

Status Directory::SaveConfig(const std::string& json) const {
  return Write(kConfig, json);
}

StatusOr<std::string> Directory::ReadSeccomp() const {
  return Read(kSeccomp);
}

Status Directory::SaveSeccomp(const std::string& bytes) const {
  return Write(kSeccomp, bytes);
}

// A symbolic link, because writing it takes only one system call.
Status Directory::NoteCgroup(const std::string& path) const {
  if (symlinkat(path.c_str(), fd_.get(), kNotedCgroup) != 0)
    return ErrnoError(errno, absl::StrCat("symlink(", this->path(), "/", kNotedCgroup, ")"));
  return absl::OkStatus();
}

std::string Directory::NotedCgroup() const {
  return kernel::ReadLinkAt(fd_.get(), kNotedCgroup).value_or("");
}

// Most directories hold these files and no others, and do not have to be listed. The record goes last, so
// that another `delete` can go on if this one is killed. A shim may save the exit of a process meanwhile.
Status Directory::Remove() {
  TARE_STEP("remove ", path());
  constexpr int kAttempts = 4;
  for (const char* name : {kNotedCgroup, kConfig, kRecord}) unlinkat(fd_.get(), name, 0);
  for (int attempt = 0; rmdir(path().c_str()) != 0 && errno != ENOENT; ++attempt) {
    if (!fd_ || errno != ENOTEMPTY || attempt == kAttempts)
      return ErrnoError(errno, absl::StrCat("rmdir(", path(), ")"));
    TARE_RETURN_IF_ERROR(kernel::EmptyDirectory(fd_.get()), path());
  }
  return absl::OkStatus();
}

bool Directory::is_removed() const {
  struct stat st {};
  return fstat(fd_.get(), &st) == 0 && st.st_nlink == 0;
}

StatusOr<std::vector<std::string>> ListIds(const std::string& root) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd fd, kernel::Open(root, O_PATH | O_DIRECTORY));
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> names, kernel::ListDirectory(fd.get()));
  std::erase_if(names, [](const std::string& name) { return !CheckId(name).ok(); });
  std::sort(names.begin(), names.end());
  return names;
}

bool HasWholeRecord(int root, const std::string& id) {
  return LooksWhole(SmallRecord(root, id), id);
}

std::optional<Record> PeekRecord(int root, const std::string& id) {
  const std::string json = SmallRecord(root, id);
  if (!LooksWhole(json, id)) return std::nullopt;
  StatusOr<Record> record = ParseRecord(json, id);
  if (!record.ok() || record->id != id) return std::nullopt;
  return *std::move(record);
}

std::string OwnerName(const std::string& root, const std::string& id) {
  // The root directory itself may be gone. Then its nearest parent that exists is used.
  std::string there = root;
  std::string missing;
  struct stat st {};
  while (stat(there.c_str(), &st) != 0 && there.find_last_of('/') != std::string::npos) {
    const size_t slash = there.find_last_of('/');
    if (slash + 1 < there.size()) missing.insert(0, there, slash, std::string::npos);
    there.resize(slash);
  }
  const std::string real = kernel::RealPath(there).value_or(there);
  return absl::StrCat(major(st.st_dev), ":", minor(st.st_dev), ":", real, missing, "/", id);
}

std::string Timestamp() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return UtcTime(now);
}

}  // namespace tare::container
