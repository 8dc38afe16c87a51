#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "cgroup/v1/translate.h"

namespace tare::cgroup::v1 {
namespace {

// The kernel has a default for all devices and a list of exceptions to it (security/device_cgroup.c). A rule
// that contradicts the default adds an exception. A rule that agrees with it removes an exception, but only
// one with exactly the same numbers.
struct Exception {
  char type;
  std::optional<int64_t> major;
  std::optional<int64_t> minor;
  unsigned access;
};

template <class Nodes>
bool SameNodes(const Exception& a, const Nodes& b) {
  return a.type == b.type && a.major == b.major && a.minor == b.minor;
}

bool Wider(const std::optional<int64_t>& a, const std::optional<int64_t>& b) {
  return !a || a == b;
}

// True if `a` matches all nodes that `b` matches, and more.
bool CoversMore(const Exception& a, const spec::DeviceRule& b) {
  return a.type == b.type && Wider(a.major, b.major) && Wider(a.minor, b.minor) && !SameNodes(a, b);
}

std::string Letters(unsigned access) {
  return absl::StrCat(access & kRead ? "r" : "", access & kWrite ? "w" : "", access & kMknod ? "m" : "");
}

std::string Number(const std::optional<int64_t>& number) {
  return number ? absl::StrCat(*number) : "*";
}

std::string Line(const Exception& e) {
  return absl::StrCat(absl::string_view(&e.type, 1), " ", Number(e.major), ":", Number(e.minor), " ",
                      Letters(e.access));
}

void AddException(std::vector<Exception>& exceptions, const spec::DeviceRule& rule) {
  auto same = std::ranges::find_if(exceptions, [&](const Exception& e) { return SameNodes(e, rule); });
  if (same == exceptions.end())
    exceptions.push_back({rule.type, rule.major, rule.minor, AccessOf(rule)});
  else
    same->access |= AccessOf(rule);
}

Status RemoveException(std::vector<Exception>& exceptions, const spec::DeviceRule& rule) {
  for (const Exception& e : exceptions) {
    if (CoversMore(e, rule) && (e.access & AccessOf(rule)) != 0)
      return InvalidError("devices: cgroup v1 cannot exclude \"",
                          Line({rule.type, rule.major, rule.minor, AccessOf(rule)}), "\" from the rule \"",
                          Line(e), "\"");
  }
  for (Exception& e : exceptions)
    if (SameNodes(e, rule)) e.access &= ~AccessOf(rule);
  std::erase_if(exceptions, [](const Exception& e) { return e.access == 0; });
  return absl::OkStatus();
}

// The default rules come last and allow devices. In a policy that allows everything, they must not cancel an
// exclusion that a rule of the config has made in a wider one.
StatusOr<std::vector<Exception>> Exceptions(const DevicePolicy& policy) {
  std::vector<Exception> exceptions;
  for (const spec::DeviceRule& rule : policy.rules) {
    if (rule.allow != policy.allow)
      AddException(exceptions, rule);
    else
      TARE_RETURN_IF_ERROR(RemoveException(exceptions, rule));
  }
  return exceptions;
}

std::optional<int64_t> ParseNumber(absl::string_view text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? std::optional(number) : std::nullopt;  // no number: "*"
}

// Parses the lines of a devices.list that does not allow everything: "c 1:3 rwm".
std::vector<Exception> ParseList(absl::string_view list) {
  std::vector<Exception> exceptions;
  for (absl::string_view line : absl::StrSplit(list, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::ByAnyChar(" :"));
    if (fields.size() != 4 || fields[0].empty()) continue;
    exceptions.push_back({.type = fields[0][0],
                          .major = ParseNumber(fields[1]),
                          .minor = ParseNumber(fields[2]),
                          .access = AccessOf({.access = std::string(fields[3])})});
  }
  return exceptions;
}

unsigned AccessIn(const std::vector<Exception>& exceptions, const Exception& nodes) {
  const auto same =
      std::ranges::find_if(exceptions, [&nodes](const Exception& e) { return SameNodes(e, nodes); });
  return same == exceptions.end() ? 0 : same->access;
}

// The rules of `these` that `those` do not contain, as lines for `file`.
void AddDifference(std::vector<Write>& writes, const char* file, const std::vector<Exception>& these,
                   const std::vector<Exception>& those) {
  for (Exception e : these) {
    e.access &= ~AccessIn(those, e);
    if (e.access != 0) writes.push_back({.file = file, .value = Line(e)});
  }
}

bool AllowsAll(absl::string_view list) {
  return absl::StartsWith(list, "a ");
}

}  // namespace

// The kernel first drops the exceptions, and only then changes the default that they were exceptions to.
bool ReversesDefault(const DevicePolicy& policy, absl::string_view list) {
  return policy.allow != AllowsAll(list);
}

StatusOr<std::vector<Write>> TranslateDeviceChange(const DevicePolicy& policy, absl::string_view list) {
  if (policy.allow || AllowsAll(list)) return TranslateDevices(policy);
  TARE_ASSIGN_OR_RETURN(const std::vector<Exception> wanted, Exceptions(policy));
  const std::vector<Exception> present = ParseList(list);
  std::vector<Write> writes;
  AddDifference(writes, "devices.allow", wanted, present);
  AddDifference(writes, "devices.deny", present, wanted);
  return writes;
}

StatusOr<std::vector<Write>> TranslateDevices(const DevicePolicy& policy) {
  TARE_ASSIGN_OR_RETURN(const std::vector<Exception> exceptions, Exceptions(policy));
  const char* behaviour = policy.allow ? "devices.allow" : "devices.deny";
  const char* exception = policy.allow ? "devices.deny" : "devices.allow";
  std::vector<Write> writes = {{.file = behaviour, .value = "a"}};
  for (const Exception& e : exceptions) writes.push_back({.file = exception, .value = Line(e)});
  return writes;
}

}  // namespace tare::cgroup::v1
