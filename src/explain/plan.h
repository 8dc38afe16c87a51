// The plan that `create` would carry out for a bundle on this machine. It is made by the same functions, and
// then written down instead of being carried out: nothing is changed.
#pragma once

#include "base/status.h"
#include "json/writer.h"
#include "lifecycle/create/options.h"
#include "lifecycle/runtime.h"

namespace tare::explain {

// tare-plan(8) describes the document. A config that `create` refuses is refused with the same error. The ID
// may be empty: then the document is that of a container named "ID".
StatusOr<json::Output> Plan(const lifecycle::Runtime& runtime, const lifecycle::CreateOptions& options);

}  // namespace tare::explain
