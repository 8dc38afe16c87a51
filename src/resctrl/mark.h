// Marks on the groups that a container owns, which tell whose they are. With them, they are found without its
// record, and are not confused with another group of the same name.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::resctrl {

// The mark is the extended attribute "trusted.tare" (xattr(7)), which resctrl supports, as do all file
// systems of kernfs. If it cannot be set, the group remains without a mark.
void Mark(const std::string& group, const std::string& owner);

// The groups below `root`, where resctrl is mounted, that are marked with `owner`: the lowest directory
// first, as in Group::owned.
StatusOr<std::vector<std::string>> FindMarked(const std::string& root, const std::string& owner);

}  // namespace tare::resctrl
