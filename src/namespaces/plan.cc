#include "namespaces/plan.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "kernel/file.h"
#include "namespaces/types.h"

namespace tare::namespaces {
namespace {

using spec::NamespaceType;

StatusOr<bool> IsOwn(const Joined& joined) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd own,
                        kernel::Open(absl::StrCat("/proc/self/ns/", ProcName(joined.type)), O_RDONLY));
  TARE_ASSIGN_OR_RETURN(struct stat ours, kernel::Stat(own.get()));
  TARE_ASSIGN_OR_RETURN(struct stat theirs, kernel::Stat(joined.fd.get()));
  return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

StatusOr<Joined> OpenJoined(const spec::Namespace& wanted, size_t index) {
  Joined joined{.type = wanted.type, .path = wanted.path};
  TARE_ASSIGN_OR_RETURN(joined.fd, kernel::Open(wanted.path, O_RDONLY | O_NONBLOCK), "/linux/namespaces/",
                        index, "/path");
  const int type = ioctl(joined.fd.get(), NS_GET_NSTYPE);
  if (type < 0 || static_cast<uint64_t>(type) != CloneFlag(wanted.type))
    return InvalidError("/linux/namespaces/", index, "/path: ", wanted.path, " is not a ",
                        ProcName(wanted.type), " namespace");
  if (wanted.type != NamespaceType::kUser) return joined;
  TARE_ASSIGN_OR_RETURN(joined.own, IsOwn(joined));
  return joined;
}

void Note(Plan& plan, const spec::Namespace& wanted) {
  const bool is_new = wanted.path.empty();
  switch (wanted.type) {
    case NamespaceType::kUser:
      (is_new ? plan.new_user : plan.joins_user) = true;
      break;
    case NamespaceType::kMount:
      (is_new ? plan.new_mount : plan.joins_mount) = true;
      break;
    case NamespaceType::kPid:
      plan.new_pid = is_new;
      break;
    case NamespaceType::kNetwork:
      plan.new_network = is_new;
      break;
    case NamespaceType::kCgroup:
      plan.new_cgroup = is_new;
      break;
    case NamespaceType::kTime:
      plan.new_time = is_new;
      break;
    case NamespaceType::kIpc:
    case NamespaceType::kUts:
      break;
  }
}

// Cgroup and time namespaces are created later by init.
bool MadeByClone(NamespaceType type) {
  return type != NamespaceType::kCgroup && type != NamespaceType::kTime;
}

void Place(Plan& plan, Joined joined) {
  const bool by_parent =
      joined.type == NamespaceType::kPid || (plan.new_user && joined.type != NamespaceType::kMount);
  if (by_parent) {
    plan.around_clone.push_back(std::move(joined));
  } else if (joined.type == NamespaceType::kUser) {
    plan.in_child.insert(plan.in_child.begin(), std::move(joined));
  } else {
    plan.in_child.push_back(std::move(joined));
  }
}

}  // namespace

StatusOr<std::vector<Joined>> OpenGiven(const std::vector<spec::Namespace>& namespaces) {
  std::vector<Joined> given;
  for (size_t i = 0; i < namespaces.size(); ++i) {
    if (namespaces[i].path.empty()) continue;
    TARE_ASSIGN_OR_RETURN(Joined joined, OpenJoined(namespaces[i], i));
    given.push_back(std::move(joined));
  }
  return given;
}

Plan MakePlan(const std::vector<spec::Namespace>& namespaces, std::vector<Joined> given) {
  Plan plan;
  uint64_t made = 0;
  auto next = given.begin();
  for (const spec::Namespace& wanted : namespaces) {
    if (!wanted.path.empty() && (next++)->own) continue;
    if (wanted.path.empty() && MadeByClone(wanted.type)) made |= CloneFlag(wanted.type);
    Note(plan, wanted);
  }
  plan.ipc_inside = plan.has_user() && (made & CLONE_NEWIPC) != 0;
  if (plan.ipc_inside) made &= ~static_cast<uint64_t>(CLONE_NEWIPC);
  (plan.joins_user ? plan.in_joined_user : plan.clone) = made;
  for (Joined& joined : given)
    if (!joined.own) Place(plan, std::move(joined));
  return plan;
}

}  // namespace tare::namespaces
