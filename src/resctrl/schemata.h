// The text of a group's file "schemata": a line a resource, "L3:0=ff;1=f0", "MB:0=50"; a share a domain.
// Pure.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "spec/config_linux.h"

namespace tare::resctrl {

// What l3CacheSchema and memBwSchema ask for together, each line with its end; "" if that is nothing. Of the
// lines for memory bandwidth in both, memBwSchema's counts: the kernel takes a domain once in a write.
std::string CombinedSchema(const spec::IntelRdt& rdt);

// The first line of `asked` that is not in force where the schemata are `present`; "" if all are. Domains
// that it does not name may be anything. The kernel writes blanks and zeros before what is the same.
std::string FirstDifference(absl::string_view asked, absl::string_view present);

}  // namespace tare::resctrl
