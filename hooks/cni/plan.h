// What Attach() will do, decided before anything is done: the networks, their versions, and what each plugin
// is given. The record holds it.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/call.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/record.h"
#include "hooks/cni/request.h"
#include "json/writer.h"

namespace tare::cni {

// A name that an interface can have.
Status CheckInterfaceName(absl::string_view name);

// A port mapping as the capability portMappings has it.
json::Output PortJson(const PortMapping& port);

// Checks values of the request by themselves: names of interfaces, addresses, ports. Names of networks are
// not checked. Fills in the names of interfaces that are not given.
StatusOr<Request> CheckRequest(Request request);

// `lists` has the list of each attachment, in the same order. An error if something is asked for that no
// plugin of the list can do. Makes no system calls.
StatusOr<std::vector<AttachmentRecord>> PlanAttachments(const Request& request,
                                                        const std::vector<NetworkList>& lists);

}  // namespace tare::cni
