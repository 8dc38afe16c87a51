// Version numbers as in Semantic Versioning 2.0.0, which the spec wants of `ociVersion`.
#pragma once

#include "absl/strings/string_view.h"

namespace tare::spec {

// "1.0.2-dev", "1.3.0+dev", "1.0.0-rc.5" are; "1.0", "01.0.0", "v1.0.0" and "1.0.0-" are not.
bool IsSemanticVersion(absl::string_view text);

}  // namespace tare::spec
