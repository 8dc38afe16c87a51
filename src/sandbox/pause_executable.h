// The program of a pod's sandbox (pause.cc), as a file. It is embedded, so that no image is needed.
#pragma once

#include "absl/strings/string_view.h"

namespace tare::sandbox {

absl::string_view PauseExecutable();

}  // namespace tare::sandbox
