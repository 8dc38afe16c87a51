// What `tare devices` shows: the devices of a machine, what each adds to a container, and what it lacks.
#pragma once

#include "cdi/registry.h"
#include "json/writer.h"

namespace tare::cdi {

// An array with an object for each device, sorted by name; tare-devices(8) describes it.
json::Output DevicesDocument(const Registry& registry);

// The same for people, with column names.
std::string DevicesTable(const json::Output& document);

}  // namespace tare::cdi
