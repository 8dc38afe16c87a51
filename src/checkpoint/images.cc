#include "checkpoint/images.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/match.h"
#include "base/log.h"
#include "criu/service.h"
#include "json/reader.h"
#include "json/writer.h"
#include "kernel/file.h"

namespace tare::checkpoint {
namespace {

constexpr char kStreams[] = "descriptors.json";

std::vector<std::string> ReadStreams(json::Value at) {
  return at["streams"].Strings();
}

}  // namespace

StatusOr<Images> Images::Make(const CriuOptions& options, const char* log) {
  Images images(options, log);
  images.made_ = access(options.image_path.c_str(), F_OK) != 0;
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(options.image_path, 0700), "--image-path");
  TARE_RETURN_IF_ERROR(images.OpenDirectories());
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, kernel::ListDirectory(images.directory()));
  images.present_ = {names.begin(), names.end()};
  return images;
}

StatusOr<Images> Images::Open(const CriuOptions& options, const char* log) {
  Images images(options, log);
  TARE_RETURN_IF_ERROR(images.OpenDirectories());
  return images;
}

Status Images::OpenDirectories() {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY;
  TARE_ASSIGN_OR_RETURN(images_, kernel::Open(options_.image_path, kFlags), "--image-path");
  if (!options_.work_path.empty()) {
    TARE_RETURN_IF_ERROR(kernel::MakeDirectories(options_.work_path, 0700), "--work-path");
    TARE_ASSIGN_OR_RETURN(work_, kernel::Open(options_.work_path, kFlags), "--work-path");
  }
  (void)unlinkat(work(), log_, 0);  // an older one does not explain what fails now
  return absl::OkStatus();
}

Status Images::CheckParent(const std::string& parent) const {
  if (parent.empty()) return absl::OkStatus();
  if (parent.front() == '/') return InvalidError("--parent-path must be relative");
  struct stat st {};
  const std::string path = absl::StrCat(options_.image_path, "/", parent);
  if (fstatat(images_.get(), parent.c_str(), &st, 0) != 0)
    return ErrnoError(errno, absl::StrCat("invalid --parent-path: stat ", path));
  if (S_ISDIR(st.st_mode)) return absl::OkStatus();
  return ErrnoError(ENOTDIR, absl::StrCat("invalid --parent-path: ", kernel::RealPath(path).value_or(path)));
}

Status Images::SaveStreams(const std::vector<std::string>& paths) const {
  return kernel::ReplaceFile(directory(), kStreams, json::OneLine(paths), 0600);
}

StatusOr<std::vector<std::string>> Images::LoadStreams() const {
  const std::string path = absl::StrCat(options_.image_path, "/", kStreams);
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFileAt(directory(), kStreams),
                        options_.image_path);
  // The file is an array, and our documents are objects.
  return json::Read(absl::StrCat(R"({"streams":)", text, "}"), path, ReadStreams);
}

std::string Images::LogPath() const {
  return absl::StrCat(has_work() ? options_.work_path : options_.image_path, "/", log_);
}

Status Images::Explain(const Status& why) const {
  if (!kernel::Exists(work(), log_).value_or(false)) return why;
  const std::string errors = criu::LastErrors(work(), log_);
  return Status(why.code(), absl::StrCat(why.message(), errors.empty() ? "" : ": ", errors,
                                         " (log file: ", LogPath(), ")"));
}

void Images::Discard() {
  const StatusOr<std::vector<std::string>> names = kernel::ListDirectory(directory());
  if (!names.ok()) return log::Warning(names.status().message());
  for (const std::string& name : *names) {
    if (present_.contains(name) || name == log_) continue;
    if (unlinkat(directory(), name.c_str(), 0) != 0)
      log::Warning(ErrnoError(errno, absl::StrCat("unlink(", options_.image_path, "/", name, ")")).message());
  }
  // It holds the log if there is no --work-path.
  if (made_ && has_work()) (void)rmdir(options_.image_path.c_str());
}

}  // namespace tare::checkpoint
