// /dev of a container: nodes, links, ptmx, the console.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::rootfs {

enum class NodeMaking { kMknod, kBindFromHost };

// null, zero, full, random, urandom, tty (config-linux.md, "Default Devices") and then linux.devices; one
// that names a default path replaces the default; of one given twice the first counts.
std::vector<spec::Device> PlanDevices(const std::vector<spec::Device>& wanted);

// Makes the nodes below `root`. In a user namespace, where mknod(2) is refused, the runtime's own nodes are
// bound. A file that stands at the path already must be that very device (config-linux.md, "devices").
Status MakeDevices(int root, const std::vector<spec::Device>& devices, NodeMaking making);

// /dev/ptmx, and /dev/fd, stdin, stdout, stderr, core as far as what they point to exists (runtime-linux.md).
Status MakeDeviceLinks(int root);

// Binds the pseudo-terminal `slave` over /dev/console, which is made if missing and may not be a link
// (CVE-2025-52565).
Status MountConsole(int root, int slave);

}  // namespace tare::rootfs
