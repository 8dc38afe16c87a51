// Device nodes of the machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace tare::cdi {

struct HostNode {
  std::string type;  // b, c or p
  uint32_t major = 0;
  uint32_t minor = 0;
  mode_t permissions = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// lstat(2). Anything but a device node or a FIFO is an error: a link, too, because whoever may replace it
// would choose the device.
StatusOr<HostNode> LookAtNode(const std::string& path);

// A value of --device, "/dev/fuse:/dev/x:rw", as Podman has it: the path on the host, the path in the
// container (absent: the same) and permissions of "rwm" (absent: all). The path in the container may be left
// out.
struct PathDevice {
  std::string host_path;
  std::string path;
  std::string permissions;
};
StatusOr<PathDevice> ParsePathDevice(const std::string& text);

// The nodes that are meant: `device` itself or, if that is a directory, all nodes below it, sorted by path. A
// link is followed first. A directory without nodes is an error.
StatusOr<std::vector<PathDevice>> Expand(PathDevice device);

}  // namespace tare::cdi
