#include "cgroup/memory_check.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cgroup/limits.h"

namespace tare::cgroup {

Status CheckUsage(Folder& memory, const std::string& usage_file, const spec::MemoryResources& limits) {
  if (!limits.check_before_update.value_or(false) || !IsSet(limits.limit) || *limits.limit == -1)
    return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const std::string text, memory.Read(usage_file));
  int64_t usage = 0;
  if (!absl::SimpleAtoi(text, &usage)) return absl::InternalError(absl::StrCat(usage_file, ": not a number"));
  if (usage < *limits.limit) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("memory.checkBeforeUpdate: rejecting memory limit ", *limits.limit, " <= usage ", usage));
}

bool CountsOomKills(Folder& memory, const std::string& events_file) {
  StatusOr<std::string> events = memory.Read(events_file);
  if (!events.ok()) return false;
  for (absl::string_view line : absl::StrSplit(*events, '\n'))
    if (absl::ConsumePrefix(&line, "oom_kill ")) return line != "0";
  return false;
}

}  // namespace tare::cgroup
