#include "hooks/run.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/step.h"
#include "hooks/program.h"

namespace tare::hooks {
namespace {

// ": stderr", or ": stderr (stdout: ...)"; "" if the hook wrote nothing.
std::string Quote(const Finished& hook) {
  const absl::string_view out = absl::StripAsciiWhitespace(hook.out);
  const absl::string_view err = absl::StripAsciiWhitespace(hook.err);
  return absl::StrCat(err.empty() ? "" : ": ", err, out.empty() ? "" : " (stdout: ", out,
                      out.empty() ? "" : ")");
}

Status RunHook(const spec::Hook& hook, const std::string& state_json, const Surroundings& surroundings) {
  const absl::Duration time = hook.timeout ? absl::Seconds(*hook.timeout) : absl::InfiniteDuration();
  TARE_ASSIGN_OR_RETURN(const Finished finished, RunProgram(hook, state_json, surroundings, {.time = time}));
  if (finished.ending == Ending::kTimedOut)
    return absl::DeadlineExceededError(absl::StrCat("hook ran past specified timeout of ", *hook.timeout,
                                                    ".0s, and was killed", Quote(finished)));
  if (finished.succeeded()) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(Outcome(finished.wait_status), Quote(finished)));
}

}  // namespace

Status Run(const std::vector<spec::Hook>& hooks, absl::string_view kind, const std::string& state_json,
           const Surroundings& surroundings) {
  for (size_t i = 0; i < hooks.size(); ++i)
    TARE_RETURN_IF_ERROR(RunOne(hooks, i, kind, state_json, surroundings));
  return absl::OkStatus();
}

Status RunOne(const std::vector<spec::Hook>& hooks, size_t index, absl::string_view kind,
              const std::string& state_json, const Surroundings& surroundings) {
  TARE_STEP(kind, " hook #", index, ": ", hooks[index].path);
  return Annotate(RunHook(hooks[index], state_json, surroundings), "error running ", kind, " hook #", index,
                  ": ", hooks[index].path);
}

}  // namespace tare::hooks
