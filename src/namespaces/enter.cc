#include "namespaces/enter.h"

#include <linux/sched.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_join.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/procfs.h"
#include "namespaces/types.h"

namespace tare::namespaces {
namespace {

using spec::NamespaceType;

constexpr NamespaceType kAllTypes[] = {NamespaceType::kUser,    NamespaceType::kPid, NamespaceType::kMount,
                                       NamespaceType::kNetwork, NamespaceType::kIpc, NamespaceType::kUts,
                                       NamespaceType::kCgroup,  NamespaceType::kTime};

Status SetNamespace(int fd, NamespaceType type, const std::string& path) {
  TARE_STEP("join the ", ProcName(type), " namespace ", path);
  if (setns(fd, static_cast<int>(CloneFlag(type))) != 0)
    return ErrnoError(errno, absl::StrCat("setns(", path, ")"));
  return absl::OkStatus();
}

std::string Names(uint64_t flags) {
  std::vector<const char*> names;
  for (const NamespaceType type : kAllTypes)
    if ((flags & CloneFlag(type)) != 0) names.push_back(ProcName(type));
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

// Opens the caller's own namespaces of the same types, so that it can return to them.
StatusOr<std::vector<Joined>> OwnNamespaces(const std::vector<Joined>& left) {
  std::vector<Joined> own;
  for (const Joined& joined : left) {
    // For these two types, setns only changes "time_for_children" and "pid_for_children"; "time"
    // and "pid" stay.
    std::string path = absl::StrCat("/proc/self/ns/", ProcName(joined.type));
    TARE_ASSIGN_OR_RETURN(kernel::Fd fd, kernel::Open(path, O_RDONLY));
    own.push_back({.type = joined.type, .path = std::move(path), .fd = std::move(fd)});
  }
  return own;
}

Status SetAll(const std::vector<Joined>& namespaces) {
  for (const Joined& joined : namespaces)
    TARE_RETURN_IF_ERROR(SetNamespace(joined.fd.get(), joined.type, joined.path));
  return absl::OkStatus();
}

// The error begins with runc's text, which programs match.
StatusOr<kernel::Child> ExplainDenial(StatusOr<kernel::Child> child, const Plan& plan) {
  if (ErrnoOf(child.status()) == EPERM && !plan.has_user())
    return Annotate(child.status(),
                    "rootless container requires user namespaces (add one of type \"user\" to ",
                    "/linux/namespaces, or use `tare spec --rootless`)");
  if (ErrnoOf(child.status()) == EPERM && plan.new_user)
    return Annotate(child.status(),
                    "users are not allowed to create user namespaces on this machine (see the sysctls ",
                    "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns)");
  return child;
}

// The files in /proc of an undumpable process belong to the host's root, whose ID is not mapped in the user
// namespace. So this makes the process dumpable for a moment, if its new user or pid namespace ensures that
// no other process of a container could use that (CVE-2016-9962).
Status WriteOffsets(const Plan& plan, const std::string& text) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  Status status = procfs->Write("self/timens_offsets", text);
  if (ErrnoOf(status) != EACCES || !(plan.new_user || plan.new_pid)) return status;
  TARE_RETURN_IF_ERROR(kernel::SetDumpable(kernel::Dumpable::kYes));
  status = procfs->Write("self/timens_offsets", text);
  TARE_RETURN_IF_ERROR(kernel::SetDumpable(kernel::Dumpable::kNo));
  return status;
}

}  // namespace

StatusOr<kernel::Child> SpawnInit(const Plan& plan, int cgroup, absl::FunctionRef<int()> body) {
  TARE_STEP("clone init with new namespaces: ", Names(plan.clone), cgroup >= 0 ? "; into its cgroup" : "");
  const kernel::CloneRequest request{.flags = plan.clone, .cgroup = cgroup};
  if (plan.around_clone.empty()) return ExplainDenial(kernel::Spawn(request, body), plan);

  TARE_ASSIGN_OR_RETURN(std::vector<Joined> own, OwnNamespaces(plan.around_clone));
  Status joined = SetAll(plan.around_clone);
  StatusOr<kernel::Child> child = joined.ok() ? kernel::Spawn(request, body) : joined;
  Status returned = SetAll(own);
  if (returned.ok()) return child;
  if (child.ok()) kernel::ChildGuard(*std::move(child));
  return Annotate(returned, "returning to the runtime's namespaces");
}

Status JoinInChild(const Plan& plan) {
  if (!plan.joins_user) return SetAll(plan.in_child);

  // A namespace can belong to our user namespace or to the one that is joined. So try first with our
  // privileges, and what is refused, again with those in the joined one.
  std::vector<const Joined*> later;
  for (const Joined& joined : plan.in_child) {
    if (joined.type == NamespaceType::kUser) continue;
    Status status = SetNamespace(joined.fd.get(), joined.type, joined.path);
    if (ErrnoOf(status) == EPERM) {
      later.push_back(&joined);
    } else {
      TARE_RETURN_IF_ERROR(status);
    }
  }
  const Joined& user = plan.in_child.front();
  TARE_RETURN_IF_ERROR(SetNamespace(user.fd.get(), user.type, user.path));
  for (const Joined* joined : later)
    TARE_RETURN_IF_ERROR(SetNamespace(joined->fd.get(), joined->type, joined->path));
  return absl::OkStatus();
}

Status MakeInJoinedUser(const Plan& plan) {
  const uint64_t flags = plan.in_joined_user & ~static_cast<uint64_t>(CLONE_NEWPID);
  if (flags != 0 && unshare(static_cast<int>(flags)) != 0) return ErrnoError(errno, "unshare");
  return absl::OkStatus();
}

Status NewIpcNamespace() {
  TARE_STEP("new namespace: ipc");
  if (unshare(CLONE_NEWIPC) != 0) return ErrnoError(errno, "unshare(CLONE_NEWIPC)");
  return absl::OkStatus();
}

Status NewCgroupNamespace() {
  TARE_STEP("new namespace: cgroup");
  if (unshare(CLONE_NEWCGROUP) != 0) return ErrnoError(errno, "unshare(CLONE_NEWCGROUP)");
  return absl::OkStatus();
}

Status NewTimeNamespace(const Plan& plan, const std::map<std::string, spec::TimeOffset>& offsets) {
  TARE_STEP("new namespace: time, with ", offsets.size(), " offsets");
  if (unshare(CLONE_NEWTIME) != 0) return ErrnoError(errno, "unshare(CLONE_NEWTIME)");
  // The offsets cannot be changed once a process has entered. unshare(2) moves only future children, so they
  // can be written now.
  std::string text;
  for (const auto& [clock, offset] : offsets)
    absl::StrAppend(&text, clock, " ", offset.secs, " ", offset.nanosecs, "\n");
  if (!text.empty()) TARE_RETURN_IF_ERROR(WriteOffsets(plan, text));
  const std::string path = "/proc/self/ns/time_for_children";
  TARE_ASSIGN_OR_RETURN(kernel::Fd fd, kernel::Open(path, O_RDONLY));
  return SetNamespace(fd.get(), NamespaceType::kTime, path);
}

}  // namespace tare::namespaces
