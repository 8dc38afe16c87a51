#include "hooks/cni/versions.h"

#include <algorithm>
#include <array>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "json/editor.h"

namespace tare::cni {
namespace {

// Older ones have results of another shape, and no DEL of a chain.
constexpr std::array<absl::string_view, 5> kSpoken = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"};

// Empty if it is not three numbers.
std::vector<int> Numbers(absl::string_view version) {
  std::vector<int> numbers;
  for (absl::string_view part : absl::StrSplit(version, '.')) {
    int number = 0;
    if (!absl::SimpleAtoi(part, &number) || number < 0) return {};
    numbers.push_back(number);
  }
  return numbers.size() == 3 ? numbers : std::vector<int>();
}

std::string Words(const std::vector<std::string>& versions) {
  return versions.empty() ? "none" : absl::StrJoin(versions, ", ");
}

}  // namespace

bool IsAtLeast(absl::string_view version, absl::string_view least) {
  const std::vector<int> numbers = Numbers(version);
  return !numbers.empty() && !Numbers(least).empty() && numbers >= Numbers(least);
}

StatusOr<std::vector<std::string>> ParseVersions(absl::string_view json) {
  TARE_ASSIGN_OR_RETURN(const json::Editor answer, json::Editor::Parse(json, "its answer to VERSION"));
  std::vector<std::string> versions = answer.Strings("/supportedVersions");
  if (versions.empty())
    return InvalidError("its answer to VERSION: /supportedVersions: must be an array of strings");
  return versions;
}

StatusOr<std::string> Negotiate(const std::vector<std::string>& wanted,
                                const std::vector<PluginVersions>& plugins) {
  std::vector<std::string> candidates;
  for (const std::string& version : wanted)
    if (absl::c_linear_search(kSpoken, version)) candidates.push_back(version);
  if (candidates.empty())
    return InvalidError("cniVersion ", Words(wanted), ": tare supports ", absl::StrJoin(kSpoken, ", "));
  for (const PluginVersions& plugin : plugins) {
    std::erase_if(candidates, [&](const std::string& version) {
      return !absl::c_linear_search(plugin.versions, version);
    });
    if (candidates.empty())
      return absl::FailedPreconditionError(absl::StrCat("cniVersion ", Words(wanted), ": the plugin \"",
                                                        plugin.type, "\" supports ", Words(plugin.versions)));
  }
  return *std::ranges::max_element(
      candidates, [](const auto& one, const auto& other) { return Numbers(one) < Numbers(other); });
}

}  // namespace tare::cni
