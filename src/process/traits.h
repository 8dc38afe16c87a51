// Settings that a process can only make itself, before it executes the program: hostname and sysctls of its
// namespaces, personality, memory policy.
#pragma once

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// sethostname(2), setdomainname(2), in the container's UTS namespace.
Status SetNames(const spec::Config& config);

// linux.sysctl, through the verified procfs. A key is "net.ipv4.ip_forward" or, if a name contains
// a ".", "net/ipv4/conf/eth0.1/forwarding".
Status SetSysctls(const std::map<std::string, std::string>& sysctls);

// personality(2)
Status SetPersonality(const spec::Personality& personality);

// set_mempolicy(2)
Status SetMemoryPolicy(const spec::MemoryPolicy& policy);

}  // namespace tare::process
