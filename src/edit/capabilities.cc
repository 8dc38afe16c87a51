#include "edit/capabilities.h"

#include <sys/prctl.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "security/capabilities.h"

namespace tare::edit {
namespace {

using Names = std::vector<std::string>;

bool Has(const Names& names, absl::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Capabilities outside of our own bounding set cannot be given to anybody.
Names AllThatMayBeGiven() {
  Names names;
  for (const std::string& name : security::KnownCapabilities())
    if (prctl(PR_CAPBSET_READ, security::CapabilityNumber(name), 0, 0, 0) == 1) names.push_back(name);
  return names;
}

StatusOr<Names> Normalized(const Names& values) {
  Names names;
  for (const std::string& value : values) {
    for (absl::string_view word : absl::StrSplit(value, ',', absl::SkipWhitespace())) {
      std::string name = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(word));
      if (name != "ALL" && !absl::StartsWith(name, "CAP_")) name.insert(0, "CAP_");
      if (name != "ALL" && security::CapabilityNumber(name) < 0)
        return InvalidError("unknown capability \"", name, "\"");
      names.push_back(std::move(name));
    }
  }
  return names;
}

Names Changed(const Names& old, const CapabilityChange& change, bool adds) {
  Names names;
  if (!change.drop_all)
    std::ranges::copy_if(old, std::back_inserter(names),
                         [&](const std::string& name) { return !Has(change.drop, name); });
  if (!adds) return names;
  for (const std::string& name : change.add)
    if (!Has(names, name)) names.push_back(name);
  return names;
}

}  // namespace

StatusOr<CapabilityChange> ParseCapabilities(const Names& add, const Names& drop) {
  CapabilityChange change;
  TARE_ASSIGN_OR_RETURN(change.add, Normalized(add), "--cap-add");
  TARE_ASSIGN_OR_RETURN(change.drop, Normalized(drop), "--cap-drop");
  for (const std::string& name : change.add)
    if (Has(change.drop, name)) return InvalidError("--cap-add: ", name, " cannot be dropped and added");
  change.drop_all = Has(change.drop, "ALL");
  if (Has(change.add, "ALL")) {
    change.add = AllThatMayBeGiven();
    std::erase_if(change.add, [&](const std::string& name) { return Has(change.drop, name); });
  }
  return change;
}

void ChangeCapabilities(const CapabilityChange& change, json::Editor& config) {
  const bool is_root = config.Integer("/process/user/uid").value_or(0) == 0;
  for (absl::string_view set : {"bounding", "effective", "permitted", "inheritable", "ambient"}) {
    const std::string pointer = absl::StrCat("/process/capabilities/", set);
    const bool adds = !is_root || (set != "inheritable" && set != "ambient");
    const Names names = Changed(config.Strings(pointer), change, adds);
    if (!names.empty() || config.Has(pointer)) config.Set(pointer, names);
  }
}

}  // namespace tare::edit
