// The annotations of a container that ask for networks: what the hook program tare-cni does. Makes no system
// calls.
#pragma once

#include <map>
#include <string>

#include "base/status.h"
#include "hooks/cni/request.h"

namespace tare::cni {

// org.tare.network  networks, "NAME" or "NAME:INTERFACE"; none: the request is empty
// org.tare.ip       addresses in the first network
// org.tare.mac      the MAC address in the first network
// org.tare.publish  ports, "[IP:]HOST-PORT:CONTAINER-PORT[/PROTOCOL]"; an IPv6 address is in brackets
//
// Several values are separated by commas or spaces. The error names the annotation.
StatusOr<Request> RequestOf(const std::map<std::string, std::string>& annotations);

}  // namespace tare::cni
