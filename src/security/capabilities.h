// capabilities(7): translates names into sets. The last act gives them to the process (door/act.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config.h"

namespace tare::security {

// Bit N stands for the capability with number N.
struct CapabilitySets {
  uint64_t bounding = 0;
  uint64_t effective = 0;
  uint64_t inheritable = 0;
  uint64_t permitted = 0;
  uint64_t ambient = 0;

  bool operator==(const CapabilitySets&) const = default;
};

// `sets` with CAP_SYS_ADMIN added: a process without no_new_privs needs it to install
// its filter (seccomp(2)).
CapabilitySets WithSysAdmin(CapabilitySets sets);

// The sets of `process`; all are empty if it has no `capabilities`. Names that are unknown, or not in the
// bounding set of this process, are left out and named in one warning, as config.md, "capabilities",
// requires. Ambient ones that are not both permitted and inheritable would be refused by the kernel; each is
// left out with a warning. Call this in the process that will use the sets: in a new user namespace, the
// bounding set is full, whatever it was outside.
CapabilitySets Capabilities(const spec::Process& process);

// The capability's number, or -1. The name must be exactly the kernel's, as config.md requires: otherwise
// "chown" would grant a capability with one runtime, and not with another.
int CapabilityNumber(absl::string_view name);

// The names of all capabilities that this kernel knows: "CAP_CHOWN", ...
std::vector<std::string> KnownCapabilities();

// "CAP_KILL" for 5; the number in digits if it is newer than our list.
std::string CapabilityName(unsigned number);

// Makes `effective`, as far as it is permitted, what counts in permission checks. Nothing is given up.
Status SetEffective(uint64_t effective);

}  // namespace tare::security
