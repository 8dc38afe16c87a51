// The words for options of CRIU, on the command line and in engines' requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "messages/criu.h"

namespace tare::checkpoint {

// Empty means CRIU's default, which is soft.
StatusOr<std::optional<messages::CriuCgroupMode>> CgroupModeOf(const std::string& word);

// CLONE_NEW* for the namespaces whose contents are not saved. Those of network namespaces never are:
// interfaces belong to whoever has made them, an engine or a hook, and are set up anew.
StatusOr<uint32_t> EmptyNamespacesOf(const std::vector<std::string>& names);

}  // namespace tare::checkpoint
