// What a schema cannot say: rules that bind two or more properties of config.json, each with its clause.
// A pure function of the config: no kernel, no file system.
#pragma once

#include "base/status.h"
#include "spec/config.h"

namespace tare::spec {

// The first broken rule as "config.json: /JSON/POINTER: what is wrong", e.g. hostname without a uts
// namespace.
Status Check(const Config& config);

// The rules of a lone process document (`exec --process`).
Status Check(const Process& process);

// The rules of a lone resources document (`update --resources`).
Status Check(const Resources& resources);

}  // namespace tare::spec
