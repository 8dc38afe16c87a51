#include "checkpoint/external.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "kernel/resolve.h"
#include "namespaces/types.h"
#include "rootfs/devices.h"
#include "rootfs/mount_target.h"

namespace tare::checkpoint {
namespace {

using messages::CriuMount;

// What is mounted over a masked file, and the name that this mount has in an image.
constexpr char kMask[] = "/dev/null";

bool HasUserNamespace(const spec::Config& config) {
  return std::ranges::count(config.platform.namespaces, spec::NamespaceType::kUser, &spec::Namespace::type);
}

// A v1 hierarchy is bind mounted unless there is a cgroup namespace, and v2 if a user namespace lacks one.
void AddCgroups(const std::string& destination, const rootfs::CgroupView& view, bool user_namespace,
                std::vector<ExternalMount>& mounts) {
  if (view.new_namespace || (view.unified && !user_namespace)) return;
  for (const rootfs::CgroupHierarchy& hierarchy : view.hierarchies) {
    const std::string below = view.unified ? "" : absl::StrCat("/", hierarchy.name);
    mounts.push_back({.destination = absl::StrCat(destination, below), .source = hierarchy.path});
  }
}

std::string WithoutSlashAtEnd(absl::string_view path) {
  while (path.size() > 1 && absl::ConsumeSuffix(&path, "/")) continue;
  return std::string(path);
}

// Where `destination` leads in `root`. What is inside another bind mount is not there yet at a restore: then
// it is taken as it is written.
std::string PointIn(int root, const std::string& destination) {
  const StatusOr<kernel::Fd> target = kernel::OpenInRoot(root, destination, O_PATH);
  if (!target.ok()) return WithoutSlashAtEnd(destination);
  const StatusOr<std::string> top = rootfs::PathOf(root);
  const StatusOr<std::string> path = rootfs::PathOf(target->get());
  if (!top.ok() || !path.ok()) return WithoutSlashAtEnd(destination);
  absl::string_view inside = *path;
  if (*top != "/") absl::ConsumePrefix(&inside, *top);
  return std::string(inside);
}

bool IsMaskedFile(int root, const std::string& path) {
  const StatusOr<kernel::Fd> target = kernel::OpenInRoot(root, path, O_PATH);
  if (!target.ok()) return false;
  const StatusOr<struct stat> st = kernel::Stat(target->get());
  return st.ok() && !S_ISDIR(st->st_mode);
}

// CRIU's name for the descriptor of a given namespace, at both ends.
std::string KeyOf(spec::NamespaceType type) {
  std::string name = namespaces::ProcName(type);
  name[0] = absl::ascii_toupper(static_cast<unsigned char>(name[0]));
  return absl::StrCat("extRoot", name, "NS");
}

bool IsExternal(spec::NamespaceType type) {
  return type == spec::NamespaceType::kNetwork || type == spec::NamespaceType::kPid;
}

Status CannotJoin(const namespaces::Joined& given) {
  return absl::FailedPreconditionError(absl::StrCat("CRIU cannot restore a container into the ",
                                                    namespaces::ProcName(given.type), " namespace ",
                                                    given.path));
}

}  // namespace

std::vector<ExternalMount> ExternalMounts(const spec::Config& config,
                                          const std::vector<rootfs::MountStep>& mounts,
                                          const rootfs::CgroupView& cgroups) {
  std::vector<ExternalMount> external;
  const bool user_namespace = HasUserNamespace(config);
  for (const rootfs::MountStep& step : mounts) {
    if (step.kind == rootfs::MountKind::kBind)
      external.push_back({.destination = step.destination, .source = step.source});
    if (step.kind == rootfs::MountKind::kCgroup)
      AddCgroups(step.destination, cgroups, user_namespace, external);
  }
  if (!user_namespace) return external;  // with one, nodes are bind mounted
  for (const spec::Device& device : rootfs::PlanDevices(config.platform.devices))
    external.push_back({.destination = device.path, .source = device.path});
  return external;
}

std::vector<CriuMount> MountsToDump(const std::vector<ExternalMount>& mounts, const spec::Config& config,
                                    int root) {
  std::vector<CriuMount> keys;
  for (const ExternalMount& mount : mounts) {
    const std::string point = PointIn(root, mount.destination);
    keys.push_back({.key = point, .value = point});
  }
  for (const std::string& path : config.platform.masked_paths)
    if (IsMaskedFile(root, path)) keys.push_back({.key = PointIn(root, path), .value = kMask});
  return keys;
}

std::vector<CriuMount> MountsToRestore(const std::vector<ExternalMount>& mounts, const spec::Config& config,
                                       int root) {
  std::vector<CriuMount> keys;
  for (const ExternalMount& mount : mounts)
    keys.push_back({.key = PointIn(root, mount.destination), .value = mount.source});
  if (!config.platform.masked_paths.empty()) keys.push_back({.key = kMask, .value = kMask});
  return keys;
}

StatusOr<std::vector<std::string>> NamespacesToDump(const std::vector<spec::Namespace>& joined, pid_t init) {
  std::vector<std::string> external;
  for (const spec::Namespace& ns : joined) {
    if (!IsExternal(ns.type)) continue;
    const char* name = namespaces::ProcName(ns.type);
    struct stat st {};
    const std::string path = absl::StrCat("/proc/", init, "/ns/", name);
    if (stat(path.c_str(), &st) != 0) return ErrnoError(errno, absl::StrCat("stat(", path, ")"));
    external.push_back(absl::StrCat(name, "[", st.st_ino, "]:", KeyOf(ns.type)));
  }
  return external;
}

StatusOr<std::vector<int>> NamespacesToRestore(const namespaces::Plan& plan, messages::CriuOptions& options) {
  std::vector<int> inherited;
  for (const auto* joined : {&plan.around_clone, &plan.in_child}) {
    for (const namespaces::Joined& given : *joined) {
      if (IsExternal(given.type)) {
        options.inherit_fds.push_back({.key = KeyOf(given.type), .fd = given.fd.get()});
        inherited.push_back(given.fd.get());
      } else if (given.type == spec::NamespaceType::kCgroup || given.type == spec::NamespaceType::kMount) {
        return CannotJoin(given);
      } else {
        options.join_ns.push_back({.type = namespaces::ProcName(given.type), .path = given.path});
      }
    }
  }
  return inherited;
}

}  // namespace tare::checkpoint
