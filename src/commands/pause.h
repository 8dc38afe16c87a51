// pause and resume: the processes of a container are frozen and thawed.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

Status Pause(const lifecycle::Runtime& runtime, const std::string& id);
Status Resume(const lifecycle::Runtime& runtime, const std::string& id);

}  // namespace tare::commands
