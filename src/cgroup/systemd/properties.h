// linux.resources as properties of a unit, so that what systemd writes by itself (at daemon-reload, say) is
// what the container was given: pure.
#pragma once

#include <vector>

#include "base/status.h"
#include "cgroup/systemd/property.h"
#include "spec/config_linux.h"

namespace tare::cgroup::systemd {

// What of `resources` systemd.resource-control(5) has a word for, on cgroup v2; the rest is in the files
// alone. Device rules become DevicePolicy=strict with the same list where systemd can express them, and
// DevicePolicy=auto where not: systemd's filter must not be narrower than the container's own, which decides
// in any case. With `update`, absent properties stay as they are.
StatusOr<std::vector<Property>> PropertiesOf(const spec::Resources& resources, bool update);

// The version of systemd that a property of a scope came with, if it is not as old as cgroup v2 (then 0): an
// older one goes without it, and the file alone has the value.
int KnownSince(const Property& property);

// Device rules alone: v1.
std::vector<Property> DeviceProperties(const std::vector<spec::DeviceRule>& rules);

// "0-2,7" as the bits that AllowedCPUs= and AllowedMemoryNodes= take.
StatusOr<std::vector<uint8_t>> BitsOf(const std::string& list);

}  // namespace tare::cgroup::systemd
