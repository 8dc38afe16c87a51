#include "cdi/host_node.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_split.h"
#include "kernel/file.h"

namespace tare::cdi {
namespace {

constexpr int kMostDirectories = 32;

std::string TypeOf(mode_t mode) {
  return S_ISBLK(mode) ? "b" : S_ISCHR(mode) ? "c" : S_ISFIFO(mode) ? "p" : "";
}

StatusOr<struct stat> LookAt(const std::string& path) {
  struct stat st;
  if (lstat(path.c_str(), &st) != 0) return ErrnoError(errno, absl::StrCat("lstat(", path, ")"));
  return st;
}

bool ArePermissions(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("rwm") == text.npos;
}

// Adds the device nodes in and below `directory`. Links are not followed.
Status AddNodes(const std::string& directory, int level, std::vector<std::string>& paths) {
  if (level > kMostDirectories) return InvalidError(directory, " is nested too deeply");
  TARE_ASSIGN_OR_RETURN(const kernel::Fd fd, kernel::Open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, kernel::ListDirectory(fd.get()));
  for (const std::string& name : names) {
    const std::string path = absl::StrCat(directory, "/", name);
    TARE_ASSIGN_OR_RETURN(const struct stat st, LookAt(path));
    if (S_ISDIR(st.st_mode)) {
      TARE_RETURN_IF_ERROR(AddNodes(path, level + 1, paths));
    } else if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)) {
      paths.push_back(path);
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<HostNode> LookAtNode(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(const struct stat st, LookAt(path));
  const std::string type = TypeOf(st.st_mode);
  if (type.empty()) return InvalidError(path, " is not a device node");
  return HostNode{.type = type,
                  .major = major(st.st_rdev),
                  .minor = minor(st.st_rdev),
                  .permissions = st.st_mode & 07777,
                  .uid = st.st_uid,
                  .gid = st.st_gid};
}

StatusOr<PathDevice> ParsePathDevice(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  PathDevice device = {.host_path = parts[0]};
  const std::string& last = parts.back();
  const bool has_permissions = parts.size() > 1 && last[0] != '/';
  if (has_permissions && !ArePermissions(last))
    return InvalidError("\"", last, "\" must be a path or permissions, which are of r, w and m");
  if (has_permissions) device.permissions = last;
  const size_t paths = parts.size() - (has_permissions ? 1 : 0);
  if (paths > 2 || parts[0].empty() || (paths == 2 && parts[1].empty()))
    return InvalidError("it must be PATH[:PATH-IN-CONTAINER][:PERMISSIONS]");
  if (paths == 2) device.path = parts[1];
  for (size_t i = 0; i < paths; ++i) {
    if (parts[i][0] != '/') return InvalidError("\"", parts[i], "\" must be an absolute path");
  }
  return device;
}

StatusOr<std::vector<PathDevice>> Expand(PathDevice device) {
  TARE_ASSIGN_OR_RETURN(device.host_path, kernel::RealPath(device.host_path));
  if (device.path.empty()) device.path = device.host_path;
  TARE_ASSIGN_OR_RETURN(const struct stat st, LookAt(device.host_path));
  if (!S_ISDIR(st.st_mode)) return std::vector<PathDevice>{device};
  std::vector<std::string> paths;
  TARE_RETURN_IF_ERROR(AddNodes(device.host_path, 0, paths));
  if (paths.empty()) return InvalidError("there is no device node below ", device.host_path);
  std::ranges::sort(paths);
  std::vector<PathDevice> nodes;
  for (const std::string& path : paths)
    nodes.push_back({path, device.path + path.substr(device.host_path.size()), device.permissions});
  return nodes;
}

}  // namespace tare::cdi
