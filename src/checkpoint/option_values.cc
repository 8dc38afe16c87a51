#include "checkpoint/option_values.h"

#include <sched.h>

namespace tare::checkpoint {

using messages::CriuCgroupMode;

StatusOr<std::optional<CriuCgroupMode>> CgroupModeOf(const std::string& word) {
  if (word.empty()) return std::nullopt;
  if (word == "soft") return CriuCgroupMode::kSoft;
  if (word == "full") return CriuCgroupMode::kFull;
  if (word == "strict") return CriuCgroupMode::kStrict;
  if (word == "ignore") return CriuCgroupMode::kIgnore;
  return InvalidError("invalid manage-cgroups-mode value \"", word, "\" (soft, full, strict or ignore)");
}

StatusOr<uint32_t> EmptyNamespacesOf(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (name != "network") return InvalidError("namespace \"", name, "\" is not supported");
  return CLONE_NEWNET;
}

}  // namespace tare::checkpoint
