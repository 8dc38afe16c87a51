#include "resctrl/group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/log.h"
#include "kernel/file.h"
#include "resctrl/mark.h"
#include "resctrl/schemata.h"

namespace tare::resctrl {
namespace {

// The kernel's reason for the last error in resctrl: "ok", or one line for each fault.
Status WithReason(const std::string& root, const Status& status) {
  if (status.ok()) return status;
  StatusOr<std::string> told = kernel::ReadFile(root + "/info/last_cmd_status");
  const std::string reason = told.ok() ? std::string(absl::StripAsciiWhitespace(*told)) : "";
  if (reason.empty() || reason == "ok") return status;
  return Annotate(status, "the kernel reports \"", absl::StrReplaceAll(reason, {{"\n", "; "}}), "\"");
}

// The kernel ignores O_CREAT and O_APPEND on these files. In a plain directory, which tests use, they make a
// file keep everything that was written, in order.
Status Write(const std::string& file, absl::string_view text) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd fd, kernel::Open(file, O_WRONLY | O_CREAT | O_APPEND, 0600));
  return kernel::WriteOnce(fd.get(), text, file);
}

// True if the directory is new, false if it existed.
StatusOr<bool> MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0) return true;
  if (errno == EEXIST) return false;
  return ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
}

bool HasSchema(const spec::IntelRdt& rdt) {
  return !rdt.l3_cache_schema.empty() || !rdt.mem_bw_schema.empty() || !rdt.schemata.empty();
}

// "info" and others are directories beside the groups, but not groups.
Status CheckGroup(const std::string& path) {
  if (access((path + "/tasks").c_str(), F_OK) == 0) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat(path, " is not a resctrl group: access(", path, "/tasks)"));
}

Status CheckInForce(const std::string& group, const std::string& schema) {
  if (schema.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const std::string present, kernel::ReadFile(group + "/schemata"));
  const std::string other = FirstDifference(schema, present);
  if (other.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the group ", group, " already exists, and its schemata are \"",
                   absl::StripAsciiWhitespace(present), "\", not \"", other, "\""));
}

// Each with a write of its own, because both may name the same domain.
Status WriteSchemata(const std::string& group, const spec::IntelRdt& rdt) {
  const std::string file = group + "/schemata";
  if (const std::string schema = CombinedSchema(rdt); !schema.empty())
    TARE_RETURN_IF_ERROR(Write(file, schema));
  if (rdt.schemata.empty()) return absl::OkStatus();
  return Write(file, absl::StrCat(absl::StrJoin(rdt.schemata, "\n"), "\n"));
}

Status MakeControl(const spec::IntelRdt& rdt, const std::string& owner, Group& group) {
  const bool is_there = !rdt.clos_id.empty() && (rdt.clos_id == "/" || !HasSchema(rdt));
  bool made = false;
  if (!is_there) {
    TARE_ASSIGN_OR_RETURN(made, MakeDirectory(group.control));
  }
  if (made) {
    group.made.push_back(group.control);
    if (rdt.clos_id.empty()) {
      Mark(group.control, owner);
      group.owned.push_back(group.control);
    }
  } else {
    TARE_RETURN_IF_ERROR(CheckGroup(group.control));
    TARE_RETURN_IF_ERROR(CheckInForce(group.control, CombinedSchema(rdt)));
  }
  return WriteSchemata(group.control, rdt);
}

Status MakeMonitor(const std::string& id, const std::string& owner, Group& group) {
  const std::string path = absl::StrCat(group.control, "/mon_groups/", id);
  TARE_ASSIGN_OR_RETURN(const bool made, MakeDirectory(path));
  group.monitor = path;
  if (!made) return CheckGroup(path);
  Mark(path, owner);
  group.made.insert(group.made.begin(), path);
  group.owned.insert(group.owned.begin(), path);
  return absl::OkStatus();
}

// Called when no task of ours is left.
bool IsDeserted(const std::string& group) {
  StatusOr<std::string> tasks = kernel::ReadFile(group + "/tasks");
  return !tasks.ok() || absl::StripAsciiWhitespace(*tasks).empty();
}

bool Contains(const std::vector<std::string>& paths, const std::string& path) {
  return std::ranges::find(paths, path) != paths.end();
}

}  // namespace

StatusOr<Group> Make(const std::string& root, const std::string& id, const std::string& owner,
                     const spec::IntelRdt& rdt) {
  const std::string& name = rdt.clos_id.empty() ? id : rdt.clos_id;
  Group group{.control = name == "/" ? root : absl::StrCat(root, "/", name)};
  Status made = MakeControl(rdt, owner, group);
  if (made.ok() && rdt.enable_monitoring) made = MakeMonitor(id, owner, group);
  if (made.ok()) return group;
  const Status why = WithReason(root, made);
  if (Status undone = Undo(group); !undone.ok()) log::Warning(undone.message());
  return why;
}

Status Enter(const Group& group, pid_t tid) {
  // The kernel lets a task enter a monitoring group only from the class above it.
  TARE_RETURN_IF_ERROR(Write(group.control + "/tasks", absl::StrCat(tid)));
  if (group.monitor.empty()) return absl::OkStatus();
  return Write(group.monitor + "/tasks", absl::StrCat(tid));
}

Status Change(const std::string& root, const std::string& control, const spec::IntelRdt& rdt) {
  return WithReason(root, WriteSchemata(control, rdt));
}

Status Undo(const Group& group) {
  std::vector<std::string> ours;
  for (const std::string& path : group.made)
    if (Contains(group.owned, path) || IsDeserted(path)) ours.push_back(path);
  return Remove(ours);
}

Status Remove(const std::vector<std::string>& directories) {
  for (const std::string& path : directories)
    if (rmdir(path.c_str()) != 0 && errno != ENOENT)
      return ErrnoError(errno, absl::StrCat("rmdir(", path, ")"));
  return absl::OkStatus();
}

}  // namespace tare::resctrl
