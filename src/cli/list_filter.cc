#include "cli/list_filter.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_split.h"

namespace tare::cli {
namespace {

struct Key {
  absl::string_view name;
  std::string (*of)(const commands::Listing& listing);
};
constexpr std::array kKeys = {
    Key{"status",
        [](const commands::Listing& one) { return std::string(spec::StatusName(one.state.status)); }},
    Key{"id", [](const commands::Listing& one) { return one.state.id; }},
    Key{"bundle", [](const commands::Listing& one) { return one.state.bundle; }},
    Key{"owner", [](const commands::Listing& one) { return one.owner; }},
};

constexpr std::array kStatuses = {spec::ContainerStatus::kCreating, spec::ContainerStatus::kCreated,
                                  spec::ContainerStatus::kRunning, spec::ContainerStatus::kPaused,
                                  spec::ContainerStatus::kStopped};

Status Check(absl::string_view word, absl::string_view key, absl::string_view value) {
  if (word.find('=') == word.npos) return InvalidError("invalid --filter \"", word, "\": use KEY=VALUE");
  if (std::ranges::find(kKeys, key, &Key::name) == kKeys.end())
    return InvalidError("invalid --filter \"", word, "\": the keys are status, id, bundle and owner");
  if (key == "status" && std::ranges::find(kStatuses, value, spec::StatusName) == kStatuses.end())
    return InvalidError("invalid --filter \"", word,
                        "\": a status is creating, created, running, paused or stopped");
  return absl::OkStatus();
}

}  // namespace

StatusOr<ListFilter> ListFilter::Parse(const std::vector<std::string>& words) {
  ListFilter filter;
  for (const std::string& word : words) {
    const std::pair<std::string, std::string> key_value = absl::StrSplit(word, absl::MaxSplits('=', 1));
    TARE_RETURN_IF_ERROR(Check(word, key_value.first, key_value.second));
    filter.values_[key_value.first].push_back(key_value.second);
  }
  return filter;
}

bool ListFilter::Matches(const commands::Listing& listing) const {
  return std::ranges::all_of(kKeys, [&](const Key& key) {
    const auto values = values_.find(std::string(key.name));
    if (values == values_.end()) return true;
    const std::string actual = key.of(listing);
    return std::ranges::any_of(values->second, [&](const std::string& pattern) {
      return fnmatch(pattern.c_str(), actual.c_str(), 0) == 0;
    });
  });
}

}  // namespace tare::cli
