// The text of a group's file "schemata": one line for each resource, with one share for each domain:
// "L3:0=ff;1=f0", "MB:0=50". Makes no system calls.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "spec/config_linux.h"

namespace tare::resctrl {

// Combines l3CacheSchema and memBwSchema. Each line ends with a newline; "" if both are absent. If both have
// a line for memory bandwidth, that of memBwSchema is used, because the kernel accepts each domain only once
// in a write.
std::string CombinedSchema(const spec::IntelRdt& rdt);

// The first line of `asked` that is not in force if the file contains `present`; "" if all are.
// Domains that `asked` does not name may have any share. Blanks and leading zeros, which the kernel
// adds, make no difference.
std::string FirstDifference(absl::string_view asked, absl::string_view present);

}  // namespace tare::resctrl
