// The words of config.json for numbers that config.h has in their place.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tare::spec {

// "RLIMIT_NOFILE", "SCHED_FIFO", "IOPRIO_CLASS_RT"; empty if the number has no word.
absl::string_view RlimitName(int resource);
absl::string_view SchedulerPolicyName(uint32_t policy);
absl::string_view IoPriorityClassName(int io_class);

}  // namespace tare::spec
