// Translates linux.resources to writes to the files of cgroup v1. Makes no system calls.
#pragma once

#include <vector>

#include "base/status.h"
#include "cgroup/device_rules.h"
#include "cgroup/write.h"
#include "spec/config_linux.h"

namespace tare::cgroup::v1 {

// Everything except devices. With `update`, values that are those of a new cgroup are written, too.
StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update);

// The fewest lines for devices.deny and devices.allow that result in `policy`, whatever the old rules are. It
// is an error if v1 cannot express the policy and would ignore a part of it: a rule that excludes some
// devices from a wider one.
StatusOr<std::vector<Write>> TranslateDevices(const DevicePolicy& policy);

// The same for a cgroup that is in use, whose devices.list is `list`: devices that both policies
// allow are not denied in between. This is impossible only if one of the policies allows
// everything: see ReversesDefault().
StatusOr<std::vector<Write>> TranslateDeviceChange(const DevicePolicy& policy, absl::string_view list);
bool ReversesDefault(const DevicePolicy& policy, absl::string_view list);

// The error that Translate() would return.
Status Check(const spec::Resources& resources);

}  // namespace tare::cgroup::v1
