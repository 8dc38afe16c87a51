// The events that containerd has not accepted yet, in a file of the container's bundle. If the shim is
// killed, `delete` finds them there. While containerd accepts events, there is no such file.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::shim {

// The encoded request by which an event is sent to containerd, with the present time.
std::string ForwardRequestFor(absl::string_view containerd_namespace, absl::string_view topic,
                              absl::string_view type_url, std::string event);

// Replaces the bundle's events. Of more than 1,000 the oldest are left out.
Status KeepEvents(const std::string& bundle, std::vector<std::string> requests);
std::vector<std::string> LoadKeptEvents(const std::string& bundle);
void DropKeptEvents(const std::string& bundle);

// Sends the requests to containerd, in order. If it does not accept them now, a process of its own goes on
// trying for two minutes: a containerd that is being started calls `delete` before it accepts events.
void SendEvents(const std::string& address, const std::vector<std::string>& requests);

}  // namespace tare::shim
