#include "resctrl/mark.h"

#include <sys/xattr.h>

#include <cerrno>

#include "absl/strings/string_view.h"
#include "kernel/file.h"

namespace tare::resctrl {
namespace {

constexpr char kName[] = "trusted.tare";

bool IsMarked(const std::string& path, absl::string_view owner) {
  char mark[4096];
  const ssize_t size = getxattr(path.c_str(), kName, mark, sizeof mark);
  return size > 0 && absl::string_view(mark, static_cast<size_t>(size)) == owner;
}

// Nothing if it is not a directory, or has just been removed.
StatusOr<std::vector<std::string>> NamesIn(const std::string& path) {
  StatusOr<kernel::Fd> directory = kernel::Open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const int error = ErrnoOf(directory.status());
  if (error == ENOTDIR || error == ENOENT) return std::vector<std::string>();
  TARE_RETURN_IF_ERROR(directory.status());
  return kernel::ListDirectory(directory->get());
}

Status FindMonitors(const std::string& control, const std::string& owner, std::vector<std::string>& found) {
  const std::string directory = control + "/mon_groups";
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(directory));
  for (const std::string& name : names)
    if (const std::string path = absl::StrCat(directory, "/", name); IsMarked(path, owner))
      found.push_back(path);
  return absl::OkStatus();
}

}  // namespace

void Mark(const std::string& group, const std::string& owner) {
  setxattr(group.c_str(), kName, owner.data(), owner.size(), 0);
}

StatusOr<std::vector<std::string>> FindMarked(const std::string& root, const std::string& owner) {
  std::vector<std::string> found;
  TARE_RETURN_IF_ERROR(FindMonitors(root, owner, found));
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(root));
  for (const std::string& name : names) {
    const std::string control = absl::StrCat(root, "/", name);
    TARE_RETURN_IF_ERROR(FindMonitors(control, owner, found));
    if (IsMarked(control, owner)) found.push_back(control);
  }
  return found;
}

}  // namespace tare::resctrl
