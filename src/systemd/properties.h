// linux.resources as properties of a unit, so that what systemd writes by itself (at daemon-reload, say) is
// what the container was given: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "dbus/property.h"
#include "spec/config_linux.h"

namespace tare::systemd {

// systemd's "no limit" for sizes, times, numbers of tasks and weights.
inline constexpr uint64_t kInfinity = UINT64_MAX;

// The files of the unit: v1's have properties of their own, and systemd makes of its IOWeight= one thing for
// io.cost and another for BFQ.
enum class Files { kV1, kV2, kV2WithBfq };

// What of `resources`, which are whole (in_force.h), systemd.resource-control(5) has a word for; the rest is
// in the files alone. Device rules become DevicePolicy=strict with the same list where systemd can express
// them, and DevicePolicy=auto where not: systemd's filter must not be narrower than the container's own,
// which decides in any case. With `update`, absent properties stay as they are.
StatusOr<std::vector<dbus::Property>> PropertiesOf(const spec::Resources& resources, bool update,
                                                   Files files);

// The IOWeight= of which systemd makes this weight for BFQ (BFQ_WEIGHT() of its src/basic/cgroup-util.h).
uint64_t IoWeightForBfq(uint64_t weight);

// The version of systemd that a property of a scope came with, if it is not as old as cgroup v2 (then 0): an
// older one goes without it, and the file alone has the value.
int KnownSince(const dbus::Property& property);

std::vector<dbus::Property> DeviceProperties(const std::vector<spec::DeviceRule>& rules);

// "0-2,7" as the bits that AllowedCPUs= and AllowedMemoryNodes= take.
StatusOr<std::vector<uint8_t>> BitsOf(const std::string& list);

}  // namespace tare::systemd
