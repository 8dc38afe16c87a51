// The /dev of a container: device nodes, links, ptmx and the console.
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

// The two arguments of mknod(2): S_IFCHR, S_IFBLK or S_IFIFO, and the device number.
mode_t TypeBits(spec::DeviceType type);
dev_t DeviceNumber(const spec::Device& device);

// True if `st` describes a node of `device`.
bool IsNodeOf(const struct stat& st, const spec::Device& device);

// Returns a detached mount of the node of a device.
using NodeOpener = absl::FunctionRef<StatusOr<kernel::Fd>(const spec::Device&)>;

// A detached mount of the node at the same path outside the container. It is an error if that is another
// device, because the runtime's /dev could contain anything.
StatusOr<kernel::Fd> CloneNode(const spec::Device& device);

// null, zero, full, random, urandom and tty (config-linux.md, "Default Devices"), followed by linux.devices.
// An entry with the path of a default device replaces that. If an entry is repeated, the first one counts.
std::vector<spec::Device> PlanDevices(const std::vector<spec::Device>& wanted);

// Creates the nodes below `root`. In a user namespace, where mknod(2) is refused, the mounts from `open_node`
// are attached instead. A file that already exists must be the same device (config-linux.md, "devices").
Status MakeDevices(int root, const std::vector<spec::Device>& devices, NodeMaking making,
                   NodeOpener open_node);

// Creates /dev/ptmx, and /dev/fd, stdin, stdout, stderr and core if their targets exist (runtime-linux.md).
Status MakeDeviceLinks(int root);

// Bind mounts the pseudo-terminal `slave` over /dev/console, which is created if it is missing. It must not
// be a link (CVE-2025-52565).
Status MountConsole(int root, int slave);

}  // namespace tare::rootfs
