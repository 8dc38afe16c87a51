// The version of this build.
#pragma once

#include "absl/strings/string_view.h"

namespace tare {

extern const absl::string_view kVersion;
extern const absl::string_view kCommit;

}  // namespace tare
