// capabilities(7): names to sets, and sets into the kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config.h"

namespace tare::security {

// One bit a capability, bit N is capability N.
struct CapabilitySets {
  uint64_t bounding = 0;
  uint64_t effective = 0;
  uint64_t inheritable = 0;
  uint64_t permitted = 0;
  uint64_t ambient = 0;

  bool operator==(const CapabilitySets&) const = default;
};

// `sets` and CAP_SYS_ADMIN: for a process that has yet to install a filter without no_new_privs (seccomp(2)).
CapabilitySets UntilFiltered(CapabilitySets sets);

// Unknown names, and those that this process may not grant (not in its bounding set), are left out and said
// with one warning in the log, as the spec wants (config.md, "capabilities"); so are ambient ones that are
// not permitted and inheritable, which the kernel refuses. Without `capabilities` all sets are empty. To be
// called by the process that will use them: a new user namespace comes with a whole bounding set, whatever
// its maker's was.
CapabilitySets Capabilities(const spec::Process& process);

// The capability's number, or -1. The name is exactly the kernel's, as config.md demands: "chown" must not
// grant with one runtime what another leaves out.
int CapabilityNumber(absl::string_view name);

// "CAP_CHOWN", ...: those that this kernel has (/proc/sys/kernel/cap_last_cap).
std::vector<std::string> KnownCapabilities();

// Drops from the bounding set all that is not in `sets`. Before the user is changed.
Status DropBounding(const CapabilitySets& sets);

// capset(2) and the ambient set. After the user was changed under PR_SET_KEEPCAPS.
Status ApplyCapabilities(const CapabilitySets& sets);

// From UntilFiltered(sets), which were applied, to `sets`: one capset(2), because it runs under the filter.
Status LowerTo(const CapabilitySets& sets);

}  // namespace tare::security
