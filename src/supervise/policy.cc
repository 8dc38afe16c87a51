#include "supervise/policy.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace tare::supervise {
namespace {

constexpr absl::Duration kFirst = absl::Milliseconds(100);
constexpr absl::Duration kLongest = absl::Minutes(1);
constexpr absl::Duration kLongRun = absl::Seconds(10);

Status Invalid(absl::string_view text) {
  return InvalidError("invalid --restart policy \"", text, "\": use no, on-failure, on-failure:N or always");
}

}  // namespace

StatusOr<RestartPolicy> ParseRestartPolicy(absl::string_view text) {
  if (text == "no") return RestartPolicy{};
  if (text == "always") return RestartPolicy{.restart = Restart::kAlways};
  if (text == "on-failure") return RestartPolicy{.restart = Restart::kOnFailure};
  absl::string_view number = text;
  int most = 0;
  if (!absl::ConsumePrefix(&number, "on-failure:") || !absl::SimpleAtoi(number, &most) || most < 1)
    return Invalid(text);
  return RestartPolicy{.restart = Restart::kOnFailure, .most = most};
}

std::string PolicyName(const RestartPolicy& policy) {
  switch (policy.restart) {
    case Restart::kNo:
      return "no";
    case Restart::kOnFailure:
      return policy.most ? absl::StrCat("on-failure:", *policy.most) : "on-failure";
    case Restart::kAlways:
      return "always";
  }
  return "no";
}

bool WantsRestart(const RestartPolicy& policy, int status, int restarts) {
  switch (policy.restart) {
    case Restart::kNo:
      return false;
    case Restart::kOnFailure:
      return status != 0 && (!policy.most || restarts < *policy.most);
    case Restart::kAlways:
      return true;
  }
  return false;
}

absl::Duration Backoff::Next(absl::Duration run) {
  if (run >= kLongRun) next_ = kFirst;
  const absl::Duration delay = next_;
  next_ = std::min(next_ * 2, kLongest);
  return delay;
}

}  // namespace tare::supervise
