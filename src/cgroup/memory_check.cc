#include "cgroup/memory_check.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cgroup/limits.h"

namespace tare::cgroup {

Status CheckUsage(Directory& memory, const std::string& usage_file, const spec::MemoryResources& limits) {
  const bool limits_memory = limits.limit.value_or(0) > 0;
  const bool limits_both = limits.swap.value_or(0) > 0;
  if (!limits.check_before_update.value_or(false) || (!limits_memory && !limits_both))
    return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const std::string text, memory.Read(usage_file));
  int64_t usage = 0;
  if (!absl::SimpleAtoi(text, &usage)) return absl::InternalError(absl::StrCat(usage_file, ": not a number"));
  const auto rejected = [usage](const char* what, int64_t limit) {
    return absl::FailedPreconditionError(
        absl::StrCat("memory.checkBeforeUpdate: rejecting ", what, " ", limit, " <= usage ", usage));
  };
  if (limits_both && *limits.swap <= usage) return rejected("memory+swap limit", *limits.swap);
  if (limits_memory && *limits.limit <= usage) return rejected("memory limit", *limits.limit);
  return absl::OkStatus();
}

bool HasOomKills(Directory& memory, const std::string& events_file) {
  StatusOr<std::string> events = memory.Read(events_file);
  if (!events.ok()) return false;
  for (absl::string_view line : absl::StrSplit(*events, '\n'))
    if (absl::ConsumePrefix(&line, "oom_kill ")) return line != "0";
  return false;
}

}  // namespace tare::cgroup
