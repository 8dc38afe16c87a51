// Network interfaces of a container: those moved into it (config-linux.md, "Network Devices"), and its
// loopback.
#pragma once

#include <map>
#include <string>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::network {

// Moves interfaces, by their names in the calling thread's network namespace, into the namespace `netns_fd`,
// and sets them up there. They keep what they are and their permanent global addresses. Everything is checked
// before anything is moved: the interface exists, its name in the container is valid and free or a template
// ("eth%d": the kernel picks the number). If one fails nevertheless, those moved already come back as they
// were.
//
// The calling thread enters `netns_fd` for a moment to make a socket there; both need CAP_SYS_ADMIN and
// CAP_NET_ADMIN.
Status MoveDevices(const std::map<std::string, spec::NetDevice>& devices, int netns_fd);

// Sets "lo" up in the calling thread's network namespace: in a new one it is down.
Status BringLoopbackUp();

}  // namespace tare::network
