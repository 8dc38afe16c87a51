#include <algorithm>

#include "cgroup/v1/translate.h"

namespace tare::cgroup::v1 {
namespace {

// The kernel's model (security/device_cgroup.c): a behaviour for all devices and a list of exceptions to it.
// A rule against the behaviour adds an exception, a rule with it takes one away, and only one of exactly the
// same numbers.
struct Exception {
  char type;
  std::optional<int64_t> major;
  std::optional<int64_t> minor;
  unsigned access;
};

bool SameNodes(const Exception& a, const spec::DeviceRule& b) {
  return a.type == b.type && a.major == b.major && a.minor == b.minor;
}

bool Wider(const std::optional<int64_t>& a, const std::optional<int64_t>& b) {
  return !a || a == b;
}

// True if `a` covers all nodes of `b`, and more.
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
      return InvalidError("devices: cgroup v1 cannot take \"",
                          Line({rule.type, rule.major, rule.minor, AccessOf(rule)}), "\" out of the rule \"",
                          Line(e), "\"");
  }
  for (Exception& e : exceptions)
    if (SameNodes(e, rule)) e.access &= ~AccessOf(rule);
  std::erase_if(exceptions, [](const Exception& e) { return e.access == 0; });
  return absl::OkStatus();
}

// The default rules end a policy and allow: in a policy that allows everything they may not fill the hole
// that a rule of the config made in a wider way.
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

}  // namespace

StatusOr<std::vector<Write>> TranslateDevices(const DevicePolicy& policy) {
  TARE_ASSIGN_OR_RETURN(const std::vector<Exception> exceptions, Exceptions(policy));
  const char* behaviour = policy.allow ? "devices.allow" : "devices.deny";
  const char* exception = policy.allow ? "devices.deny" : "devices.allow";
  std::vector<Write> writes = {{.file = behaviour, .value = "a"}};
  for (const Exception& e : exceptions) writes.push_back({.file = exception, .value = Line(e)});
  return writes;
}

}  // namespace tare::cgroup::v1
