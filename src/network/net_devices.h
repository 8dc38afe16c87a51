// Network interfaces of a container: those that are moved into it (config-linux.md, "Network Devices"), and
// its loopback interface.
#pragma once

#include <map>
#include <string>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::network {

// Moves interfaces from the calling thread's network namespace, where they have the names that are the keys
// of `devices`, into the namespace `netns_fd`, and brings them up there. They keep their properties and their
// permanent global addresses. Before anything is moved, it is checked that every interface exists and that
// its new name is valid and free, or a template ("eth%d": the kernel chooses the number). If a move fails all
// the same, the interfaces that were moved before are moved back.
//
// The calling thread enters `netns_fd` briefly to make a socket there. CAP_SYS_ADMIN and CAP_NET_ADMIN are
// needed in both namespaces.
Status MoveDevices(const std::map<std::string, spec::NetDevice>& devices, int netns_fd);

// Brings "lo" up in the calling thread's network namespace; in a new one it is down.
Status BringLoopbackUp();

}  // namespace tare::network
