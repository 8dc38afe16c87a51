// The answers of plugins to VERSION, kept in a file: a plugin that has been asked once is not executed for it
// again, which would make up a third of all calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hooks/cni/places.h"

namespace tare::cni {

// Beside the records. No escaped root begins with a dot.
inline constexpr char kKnownVersionsFile[] = ".versions";

// What the program at `path` has answered. Nothing if it was not asked, or has been replaced since: its file
// is another one, or has another size or time.
std::optional<std::vector<std::string>> KnownVersions(const Places& places, const std::string& path);

// Keeps an answer. If this is not possible, the plugin is asked again.
void KeepVersions(const Places& places, const std::string& path, const std::vector<std::string>& versions);

}  // namespace tare::cni
