// Version numbers as defined by Semantic Versioning 2.0.0, which the spec requires for `ociVersion`.
#pragma once

#include "absl/strings/string_view.h"

namespace tare::spec {

// True for "1.0.2-dev", "1.3.0+dev" and "1.0.0-rc.5", but not for "1.0", "01.0.0", "v1.0.0" or "1.0.0-".
bool IsSemanticVersion(absl::string_view text);

}  // namespace tare::spec
