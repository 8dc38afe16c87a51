#include "hooks/cni/known_versions.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"

namespace tare::cni {
namespace {

constexpr size_t kMostOfFile = 64 << 10;

// The beginning of the line of a program: what changes when it is replaced. Empty if it cannot be looked at.
std::string KeyOf(const std::string& path) {
  struct stat st {};
  if (absl::StrContains(path, '\n') || stat(path.c_str(), &st) != 0) return "";
  return absl::StrCat(path, "\t", st.st_dev, ":", st.st_ino, ":", st.st_size, ":", st.st_mtim.tv_sec, ".",
                      st.st_mtim.tv_nsec, ":", st.st_ctim.tv_sec, ".", st.st_ctim.tv_nsec, "\t");
}

std::string FileOf(const Places& places) {
  return absl::StrCat(places.records, "/", kKnownVersionsFile);
}

// The lines of all other programs.
std::string Without(absl::string_view text, const std::string& path) {
  std::string rest;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty()))
    if (!absl::StartsWith(line, absl::StrCat(path, "\t"))) absl::StrAppend(&rest, line, "\n");
  return rest;
}

}  // namespace

std::optional<std::vector<std::string>> KnownVersions(const Places& places, const std::string& path) {
  const StatusOr<std::string> text = kernel::ReadRegular(FileOf(places), kMostOfFile);
  const std::string key = KeyOf(path);
  if (!text.ok() || key.empty()) return std::nullopt;
  for (absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty()))
    if (absl::ConsumePrefix(&line, key)) return absl::StrSplit(line, ' ', absl::SkipEmpty());
  return std::nullopt;
}

void KeepVersions(const Places& places, const std::string& path, const std::vector<std::string>& versions) {
  const std::string key = KeyOf(path);
  if (key.empty() || !kernel::MakeDirectories(places.records, 0700).ok()) return;
  const StatusOr<kernel::Fd> directory = kernel::Open(places.records, O_PATH | O_DIRECTORY);
  if (!directory.ok()) return;
  const std::string others = Without(kernel::ReadRegular(FileOf(places), kMostOfFile).value_or(""), path);
  const std::string text = absl::StrCat(others, key, absl::StrJoin(versions, " "), "\n");
  if (text.size() <= kMostOfFile) (void)kernel::ReplaceFile(directory->get(), kKnownVersionsFile, text, 0600);
}

}  // namespace tare::cni
