#include "spec/inspection.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/suggest.h"
#include "spec/clauses.h"
#include "spec/rules.h"
#include "spec/sections.h"

namespace tare::spec {
namespace {

// Properties of the specification that are for containers of other platforms.
constexpr std::array<absl::string_view, 7> kOfOtherPlatforms = {
    "/freebsd", "/process/commandLine", "/process/user/username", "/solaris", "/vm", "/windows", "/zos"};

std::string WhyUnread(const json::Unread& unread) {
  if (std::find(kOfOtherPlatforms.begin(), kOfOtherPlatforms.end(), unread.pointer) !=
      kOfOtherPlatforms.end())
    return "ignored: it is for containers of another platform";
  const std::vector<absl::string_view> known(unread.known.begin(), unread.known.end());
  const absl::string_view closest = Closest(unread.name, known);
  return absl::StrCat("ignored: unknown property",
                      closest.empty() ? "" : absl::StrCat("; did you mean \"", closest, "\"?"));
}

Finding FindingOf(Topic topic, const json::Finding& found) {
  return {.topic = topic,
          .pointer = found.pointer,
          .what = found.what,
          .place = found.place,
          .clause = ClauseOf(found.pointer)};
}

}  // namespace

Inspection::Inspection(absl::string_view text)
    : survey_(text, [this](json::Value root) { config_ = ReadConfig(root); }) {
  for (const json::Finding& fault : survey_.Faults()) findings_.push_back(FindingOf(Topic::kFault, fault));
  if (survey_.is_object()) {
    AddRuleFaults();
    AddUnknown();
  }
  for (const json::Finding& remark : survey_.Remarks())
    findings_.push_back(FindingOf(Topic::kUnusual, remark));
}

void Inspection::AddRuleFaults() {
  std::vector<std::string> unread;
  for (const Finding& fault : findings_) unread.push_back(fault.pointer);
  for (const Fault& fault : FaultsOf(config_, unread)) {
    findings_.push_back({.topic = Topic::kFault,
                         .pointer = fault.pointer,
                         .what = fault.what,
                         .place = survey_.PlaceOf(fault.place),
                         .clause = ClauseOf(fault.pointer)});
  }
}

void Inspection::AddUnknown() {
  for (const json::Unread& unread : survey_.UnreadMembers()) {
    findings_.push_back({.topic = Topic::kUnknown,
                         .pointer = unread.pointer,
                         .what = WhyUnread(unread),
                         .place = unread.place,
                         .clause = kExtensibility});
  }
}

bool Inspection::has_faults() const {
  return std::any_of(findings_.begin(), findings_.end(),
                     [](const Finding& finding) { return finding.topic == Topic::kFault; });
}

void Inspection::Add(Topic topic, const std::string& pointer, const std::string& what) {
  findings_.push_back({.topic = topic,
                       .pointer = pointer,
                       .what = what,
                       .place = survey_.PlaceOf(pointer),
                       .clause = topic == Topic::kPrivilege ? "" : ClauseOf(pointer)});
}

std::vector<Finding> Inspection::Findings() const {
  auto order = [](const Finding& finding) {
    const bool is_error = finding.severity() == Severity::kError;
    return is_error ? std::tuple(0, size_t{0}, size_t{0})
                    : std::tuple(1, finding.place.line, finding.place.column);
  };
  std::vector<Finding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Finding& a, const Finding& b) { return order(a) < order(b); });
  return sorted;
}

}  // namespace tare::spec
