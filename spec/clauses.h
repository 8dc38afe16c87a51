// Which section of the runtime specification describes a property of config.json.
#pragma once

#include "absl/strings/string_view.h"

namespace tare::spec {

// "config.md, Mounts" for "/mounts/3/type". Empty if no section describes the property.
absl::string_view ClauseOf(absl::string_view pointer);

// The section about properties that a runtime does not know, and ignores.
inline constexpr char kExtensibility[] = "config.md, Extensibility";

}  // namespace tare::spec
