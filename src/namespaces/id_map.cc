#include "namespaces/id_map.h"

#include <grp.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_join.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "namespaces/map_tool.h"

namespace tare::namespaces {
namespace {

// The ID to have inside: root, or if root is not mapped, the first ID that is.
uint32_t IdInside(const std::vector<spec::IdMapping>& mappings) {
  const auto has_root = [](const spec::IdMapping& mapping) { return mapping.container_id == 0; };
  return mappings.empty() || std::any_of(mappings.begin(), mappings.end(), has_root)
             ? 0
             : mappings[0].container_id;
}

// glibc's wrappers are not used, because they would signal threads that do not exist. EINVAL means that root
// is not mapped. If the mappings are not known, that is not an error: the IDs that we have are sufficient.
Status SetIds(uint32_t uid, uint32_t gid, bool known) {
  if (syscall(SYS_setresgid, gid, gid, gid) != 0 && (known || errno != EINVAL))
    return ErrnoError(errno, absl::StrCat("setresgid(", gid, ")"));
  if (syscall(SYS_setresuid, uid, uid, uid) != 0 && (known || errno != EINVAL))
    return ErrnoError(errno, absl::StrCat("setresuid(", uid, ")"));
  return absl::OkStatus();
}

bool MapsOnlySelf(const std::vector<spec::IdMapping>& mappings, uint32_t self) {
  return mappings.size() == 1 && mappings[0].size == 1 && mappings[0].host_id == self;
}

std::string Words(const std::vector<spec::IdMapping>& mappings) {
  return absl::StrJoin(mappings, ", ", [](std::string* words, const spec::IdMapping& m) {
    absl::StrAppend(words, m.size, " from ", m.host_id, " as ", m.container_id);
  });
}

Status WriteMap(pid_t pid, const char* file, const std::vector<spec::IdMapping>& mappings) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  return procfs->Write(absl::StrCat(pid, "/", file), IdMapText(mappings));
}

Status WriteUids(pid_t pid, const std::vector<spec::IdMapping>& uids) {
  Status status = WriteMap(pid, "uid_map", uids);
  if (ErrnoOf(status) == EPERM && geteuid() != 0) return RunMapTool("newuidmap", pid, uids);
  return status;
}

Status WriteGids(pid_t pid, const std::vector<spec::IdMapping>& gids) {
  if (geteuid() != 0 && MapsOnlySelf(gids, getegid())) {
    TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
    TARE_RETURN_IF_ERROR(procfs->Write(absl::StrCat(pid, "/setgroups"), "deny"));
  }
  Status status = WriteMap(pid, "gid_map", gids);
  if (ErrnoOf(status) == EPERM && geteuid() != 0) return RunMapTool("newgidmap", pid, gids);
  return status;
}

}  // namespace

std::string IdMapText(const std::vector<spec::IdMapping>& mappings) {
  std::string text;
  for (const spec::IdMapping& m : mappings)
    absl::StrAppend(&text, m.container_id, " ", m.host_id, " ", m.size, "\n");
  return text;
}

uint32_t HostId(uint32_t id, const std::vector<spec::IdMapping>& mappings) {
  for (const spec::IdMapping& m : mappings)
    if (id >= m.container_id && id - m.container_id < m.size) return m.host_id + (id - m.container_id);
  return id;
}

Status WriteIdMaps(pid_t pid, const std::vector<spec::IdMapping>& uids,
                   const std::vector<spec::IdMapping>& gids) {
  TARE_STEP("ID maps of process ", pid, ": users ", Words(uids), "; groups ", Words(gids));
  TARE_RETURN_IF_ERROR(WriteUids(pid, uids), "mapping user ids");
  return Annotate(WriteGids(pid, gids), "mapping group ids");
}

StatusOr<kernel::Fd> UserNamespaceWith(const std::vector<spec::IdMapping>& uids,
                                       const std::vector<spec::IdMapping>& gids) {
  // The child only has to exist until its namespace has been opened.
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({.flags = CLONE_NEWUSER}, [] {
                          prctl(PR_SET_PDEATHSIG, SIGKILL);
                          for (;;) pause();
                          return 0;
                        }));
  kernel::ChildGuard guard(std::move(child));
  const pid_t pid = guard.get().pid;
  TARE_RETURN_IF_ERROR(WriteIdMaps(pid, uids, gids));
  return kernel::Open(absl::StrCat("/proc/", pid, "/ns/user"), O_RDONLY);
}

Status BecomeRootInside(const std::vector<spec::IdMapping>& uids, const std::vector<spec::IdMapping>& gids,
                        Groups groups) {
  TARE_STEP("become root of the user namespace");
  TARE_RETURN_IF_ERROR(SetIds(IdInside(uids), IdInside(gids), !uids.empty()));
  if (groups == Groups::kKeep) return absl::OkStatus();
  // EPERM: setgroups is denied in this namespace. The groups that we keep are not mapped in it.
  if (syscall(SYS_setgroups, 0, nullptr) != 0 && errno != EPERM) return ErrnoError(errno, "setgroups");
  return absl::OkStatus();
}

}  // namespace tare::namespaces
