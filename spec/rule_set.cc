#include "spec/rule_set.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace tare::spec {

std::string Faults::MemberOf(const std::string& pointer, absl::string_view member) {
  return absl::StrCat(pointer, "/", absl::StrReplaceAll(member, {{"~", "~0"}, {"/", "~1"}}));
}

bool Faults::Sound(absl::string_view pointer) const {
  auto contains = [](absl::string_view above, absl::string_view below) {
    return absl::ConsumePrefix(&below, above) && (below.empty() || below.front() == '/');
  };
  return std::none_of(unread_.begin(), unread_.end(), [&](const std::string& unread) {
    return contains(unread, pointer) || contains(pointer, unread);
  });
}

void Faults::Add(Fault fault) {
  if (all_.size() < kMostFaults && Sound(fault.place)) all_.push_back(std::move(fault));
}

}  // namespace tare::spec
