// Versions of CNI's specification: those that tare speaks, and those that a plugin supports.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cni {

// True if version `version` ("1.0.0") is at least `least`; false if one of them is not three numbers.
bool IsAtLeast(absl::string_view version, absl::string_view least);

// The answer to VERSION: "supportedVersions".
StatusOr<std::vector<std::string>> ParseVersions(absl::string_view json);

// What one plugin supports.
struct PluginVersions {
  std::string type;
  std::vector<std::string> versions;
};

// The newest of the list's versions that tare and all plugins support. If there is none, the error names what
// does not support them, and what it supports.
StatusOr<std::string> Negotiate(const std::vector<std::string>& wanted,
                                const std::vector<PluginVersions>& plugins);

}  // namespace tare::cni
