#include "cdi/registry.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "base/suggest.h"
#include "kernel/file.h"

namespace tare::cdi {
namespace {

constexpr size_t kLongestFile = 4 << 20;

std::string Paths(const std::vector<Entry>& entries, size_t priority) {
  std::vector<std::string> paths;
  for (const Entry& entry : entries) {
    if (entry.file->priority == priority) paths.push_back(entry.file->path);
  }
  return absl::StrJoin(paths, " and ");
}

StatusOr<Spec> ReadSpecFile(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadRegular(path, kLongestFile));
  return ReadSpec(text, absl::EndsWith(path, ".yaml") ? Format::kYaml : Format::kJson, path);
}

StatusOr<std::vector<std::string>> SpecFilesIn(const std::string& directory) {
  const StatusOr<kernel::Fd> fd = kernel::Open(directory, O_RDONLY | O_DIRECTORY);
  if (ErrnoOf(fd.status()) == ENOENT) return std::vector<std::string>();
  if (!fd.ok()) return fd.status();
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> names, kernel::ListDirectory(fd->get()));
  std::erase_if(names, [&](const std::string& name) {
    struct stat st;
    const bool is_spec = absl::EndsWith(name, ".json") || absl::EndsWith(name, ".yaml");
    return !is_spec || (fstatat(fd->get(), name.c_str(), &st, 0) == 0 && S_ISDIR(st.st_mode));
  });
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::vector<std::string> DefaultDirectories() {
  return {"/etc/cdi", "/var/run/cdi"};
}

Registry Registry::Load(const std::vector<std::string>& directories) {
  Registry registry(directories);
  for (size_t i = 0; i < directories.size(); ++i) registry.LoadDirectory(directories[i], i);
  return registry;
}

void Registry::LoadDirectory(const std::string& directory, size_t priority) {
  const StatusOr<std::vector<std::string>> names = SpecFilesIn(directory);
  if (!names.ok()) faults_.push_back(names.status());
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    const std::string path = absl::StrCat(directory, "/", name);
    StatusOr<Spec> spec = ReadSpecFile(path);
    if (!spec.ok()) {
      faults_.push_back(spec.status());
      continue;
    }
    const File& file = *files_.emplace_back(std::make_unique<File>(File{path, priority, *std::move(spec)}));
    for (const Device& device : file.spec.devices)
      devices_[QualifiedName{file.spec.kind, device.name}.Text()].push_back({&file, &device});
  }
}

bool InConflict(const std::vector<Entry>& entries) {
  return entries.size() > 1 && entries[entries.size() - 2].file->priority == entries.back().file->priority;
}

StatusOr<Entry> Registry::Find(const QualifiedName& name) const {
  const auto found = devices_.find(name.Text());
  if (found == devices_.end()) return NotFound(name);
  const std::vector<Entry>& entries = found->second;
  if (!InConflict(entries)) return entries.back();
  return absl::FailedPreconditionError(absl::StrCat("CDI device \"", name.Text(),
                                                    "\" is defined more than once, in ",
                                                    Paths(entries, entries.back().file->priority)));
}

Status Registry::NotFound(const QualifiedName& name) const {
  std::vector<absl::string_view> names;
  std::set<absl::string_view> kinds;
  for (const auto& file : files_) {
    kinds.insert(file->spec.kind);
    if (file->spec.kind != name.kind) continue;
    for (const Device& device : file->spec.devices) names.push_back(device.name);
  }
  std::string text;
  if (names.empty()) {
    text = absl::StrCat("there is no CDI device \"", name.Text(), "\": no file in ",
                        absl::StrJoin(directories_, " or "), " is for ", name.kind);
    if (!kinds.empty()) absl::StrAppend(&text, "; there is ", absl::StrJoin(kinds, ", "));
  } else {
    const absl::string_view closest = Closest(name.name, names);
    text = absl::StrCat("there is no CDI device \"", name.Text(), "\": ", name.kind, " has ",
                        closest.empty() ? absl::StrJoin(names, ", ") : absl::StrCat("\"", closest, "\""));
  }
  for (const Status& fault : faults_) absl::StrAppend(&text, "; ", fault.message());
  return absl::NotFoundError(text);
}

}  // namespace tare::cdi
