// start: the user's program of a created container runs.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

// Returns when the program was exec'ed and the poststart hooks have run. A failing startContainer hook or
// exec is the error of this call.
Status Start(const Runtime& runtime, const std::string& id);

}  // namespace tare::lifecycle
