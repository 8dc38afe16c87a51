// /dev of a container: nodes, links, ptmx, the console.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::rootfs {

enum class NodeMaking { kMknod, kBind };

// S_IFCHR and so on, and what mknod(2) takes beside it.
mode_t TypeBits(spec::DeviceType type);
dev_t Number(const spec::Device& device);

// What stat(2) shows is that very device.
bool IsNodeOf(const struct stat& st, const spec::Device& device);

// Opens a detached mount of a device's node.
using NodeOpener = absl::FunctionRef<StatusOr<kernel::Fd>(const spec::Device&)>;

// The node at the same path outside the container, if it is that very device: the runtime's /dev may hold
// anything.
StatusOr<kernel::Fd> CloneNode(const spec::Device& device);

// null, zero, full, random, urandom, tty (config-linux.md, "Default Devices") and then linux.devices; one
// that names a default path replaces the default; of one given twice the first counts.
std::vector<spec::Device> PlanDevices(const std::vector<spec::Device>& wanted);

// Makes the nodes below `root`. In a user namespace, where mknod(2) is refused, those of `open_node` are
// bound. A file that is already at the path must be that very device (config-linux.md, "devices").
Status MakeDevices(int root, const std::vector<spec::Device>& devices, NodeMaking making,
                   NodeOpener open_node);

// /dev/ptmx, and /dev/fd, stdin, stdout, stderr, core as far as what they point to exists (runtime-linux.md).
Status MakeDeviceLinks(int root);

// Binds the pseudo-terminal `slave` over /dev/console, which is made if missing and may not be a link
// (CVE-2025-52565).
Status MountConsole(int root, int slave);

}  // namespace tare::rootfs
