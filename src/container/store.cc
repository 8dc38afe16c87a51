#include "container/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "absl/strings/str_format.h"
#include "kernel/file.h"
#include "spec/parse.h"

namespace tare::container {
namespace {

constexpr char kRecord[] = "state.json";
constexpr char kCreating[] = "creating.json";
constexpr char kConfig[] = "config.json";
constexpr char kSeccomp[] = "seccomp.bpf";

bool Allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
         c == '.' || c == '-';
}

}  // namespace

Status CheckId(const std::string& id) {
  if (!id.empty() && id.front() != '.' && std::all_of(id.begin(), id.end(), Allowed)) return absl::OkStatus();
  return InvalidError("invalid container ID format: \"", id, "\"");
}

StatusOr<Folder> Folder::Open(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  StatusOr<kernel::Fd> fd = kernel::Open(absl::StrCat(root, "/", id), O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (ErrnoOf(fd.status()) == ENOENT) return absl::NotFoundError("container does not exist");
  TARE_RETURN_IF_ERROR(fd.status());
  return Folder(root, id, *std::move(fd));
}

StatusOr<Folder> Folder::Claim(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(CheckId(id));
  const std::string path = absl::StrCat(root, "/", id);
  if (mkdir(path.c_str(), 0700) != 0) {
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
  return Folder(root, id, *std::move(fd));
}

StatusOr<spec::Record> Folder::Load() const {
  const char* name = kRecord;
  StatusOr<std::string> json = kernel::ReadFileAt(fd_.get(), name);
  if (ErrnoOf(json.status()) == ENOENT) {
    name = kCreating;
    json = kernel::ReadFileAt(fd_.get(), name);
  }
  TARE_RETURN_IF_ERROR(json.status());
  return spec::ParseRecord(*json, absl::StrCat(root_, "/", id_, "/", name));
}

Status Folder::SaveCreating(const spec::Record& record) const {
  return kernel::ReplaceFile(fd_.get(), kCreating, spec::RecordJson(record), 0600);
}

Status Folder::Promote() const {
  if (renameat(fd_.get(), kCreating, fd_.get(), kRecord) != 0)
    return ErrnoError(errno, absl::StrCat("rename(", root_, "/", id_, "/", kCreating, ")"));
  return absl::OkStatus();
}

bool Folder::creating() const {
  struct stat st {};
  return fstatat(fd_.get(), kRecord, &st, AT_SYMLINK_NOFOLLOW) != 0;
}

StatusOr<std::string> Folder::ReadConfig() const {
  return kernel::ReadFileAt(fd_.get(), kConfig);
}

StatusOr<spec::Config> Folder::LoadConfig() const {
  TARE_ASSIGN_OR_RETURN(const std::string json, ReadConfig());
  return spec::ParseConfigAgain(json, absl::StrCat(root_, "/", id_, "/", kConfig));
}

Status Folder::SaveConfig(const std::string& json) const {
  return kernel::ReplaceFile(fd_.get(), kConfig, json, 0600);
}

StatusOr<std::string> Folder::ReadSeccomp() const {
  return kernel::ReadFileAt(fd_.get(), kSeccomp);
}

Status Folder::SaveSeccomp(const std::string& bytes) const {
  return kernel::ReplaceFile(fd_.get(), kSeccomp, bytes, 0600);
}

Status Folder::Remove() {
  StatusOr<std::vector<std::string>> names = kernel::ListDirectory(fd_.get());
  if (names.ok())
    for (const std::string& name : *names) unlinkat(fd_.get(), name.c_str(), 0);
  const std::string path = absl::StrCat(root_, "/", id_);
  if (rmdir(path.c_str()) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("rmdir(", path, ")"));
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> ListIds(const std::string& root) {
  StatusOr<kernel::Fd> fd = kernel::Open(root, O_PATH | O_DIRECTORY);
  if (ErrnoOf(fd.status()) == ENOENT) return std::vector<std::string>();
  TARE_RETURN_IF_ERROR(fd.status());
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> names, kernel::ListDirectory(fd->get()));
  std::erase_if(names, [](const std::string& name) { return !CheckId(name).ok(); });
  std::sort(names.begin(), names.end());
  return names;
}

std::string Timestamp() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                         parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec);
}

}  // namespace tare::container
