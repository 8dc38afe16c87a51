// Translates linux.resources to properties of a unit, so that when systemd rewrites the files, at
// daemon-reload for example, the container keeps its limits. Makes no system calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "dbus/property.h"
#include "spec/config_linux.h"

namespace tare::systemd {

// What systemd uses as "no limit" for sizes, times, numbers of tasks and weights.
inline constexpr uint64_t kInfinity = UINT64_MAX;

// Which files the unit has: those of v1 have properties of their own, and systemd translates IOWeight=
// differently for io.cost and for BFQ.
enum class Files { kV1, kV2, kV2WithBfq };

// Translates what systemd.resource-control(5) has a property for. `resources` must be complete
// (current_limits.h). Everything else is only in the files. Device rules become DevicePolicy=strict with the
// same list if systemd can express them, otherwise DevicePolicy=auto: systemd's filter must not be narrower
// than the container's own, which decides in any case. With `update`, absent properties are left unchanged.
StatusOr<std::vector<dbus::Property>> PropertiesOf(const spec::Resources& resources, bool update,
                                                   Files files);

// The IOWeight= that systemd translates to this weight for BFQ (BFQ_WEIGHT() in its src/basic/cgroup-util.h).
uint64_t IoWeightForBfq(uint64_t weight);

// The version of systemd that introduced a property of scopes; 0 if it is as old as cgroup v2. With an older
// systemd, the limit is only in the file.
int KnownSince(const dbus::Property& property);

std::vector<dbus::Property> DeviceProperties(const std::vector<spec::DeviceRule>& rules);

// A list such as "0-2,7" as the bit mask that AllowedCPUs= and AllowedMemoryNodes= take.
StatusOr<std::vector<uint8_t>> BitsOf(const std::string& list);

}  // namespace tare::systemd
