// Carries out the edits of a CDI specification in a config.json.
#pragma once

#include "base/status.h"
#include "cdi/add_devices.h"
#include "cdi/host_node.h"
#include "cdi/spec.h"
#include "json/editor.h"

namespace tare::cdi {

// See AddDevices().
Status Apply(const Edits& edits, Nodes nodes, json::Editor& config);

// A node by its path on the host: it keeps its permissions and its owner.
Status AddNode(const PathDevice& device, Nodes nodes, json::Editor& config);

}  // namespace tare::cdi
