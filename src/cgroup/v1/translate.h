// linux.resources as writes to the files of cgroup v1 controllers: pure.
#pragma once

#include <vector>

#include "base/status.h"
#include "cgroup/device_rules.h"
#include "cgroup/write.h"
#include "spec/config_linux.h"

namespace tare::cgroup::v1 {

// All but devices. With `update`, values that equal a new cgroup's are written too.
StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update);

// The fewest lines for devices.deny and devices.allow that make `policy`, whatever was there. An error for
// what v1 cannot express, and would ignore: a rule that takes some devices out of a wider one.
StatusOr<std::vector<Write>> TranslateDevices(const DevicePolicy& policy);

// The same for a cgroup that is in use, whose devices.list reads `list`: what is allowed by both policies is
// not denied in between. Only from or to a list that allows everything there is no such way: see
// TurnsRound().
StatusOr<std::vector<Write>> TranslateDeviceChange(const DevicePolicy& policy, absl::string_view list);
bool TurnsRound(const DevicePolicy& policy, absl::string_view list);

// What Translate() would say of them, and no more.
Status Check(const spec::Resources& resources);

}  // namespace tare::cgroup::v1
