// What a process can only set for itself before it execs: hostname and sysctls of its namespaces,
// personality, memory policy.
#pragma once

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// sethostname(2), setdomainname(2); in the container's uts namespace.
Status SetNames(const spec::Config& config);

// linux.sysctl through the verified procfs: a key is "net.ipv4.ip_forward" or, with a "." in a name,
// "net/ipv4/conf/eth0.1/forwarding".
Status SetSysctls(const std::map<std::string, std::string>& sysctls);

// personality(2)
Status SetPersonality(const spec::Personality& personality);

// set_mempolicy(2)
Status SetMemoryPolicy(const spec::MemoryPolicy& policy);

}  // namespace tare::process
