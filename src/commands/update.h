// update: new limits for a running container.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"
#include "spec/config_linux.h"

namespace tare::commands {

// `rdt` contains only the schemata that change. They are an error for a container without linux.intelRdt.
Status Update(const lifecycle::Runtime& runtime, const std::string& id, spec::Resources resources,
              const spec::IntelRdt& rdt = {});

}  // namespace tare::commands
