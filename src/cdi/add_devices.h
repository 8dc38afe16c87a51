// Devices are added to a config.json: those of CDI specifications, and nodes by their paths.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "json/editor.h"

namespace tare::cdi {

// What becomes of a device node. kMake: a node and a rule for the cgroup. kBind: a bind mount of the
// machine's node, because a user without privileges can neither make nodes nor set rules; as Podman does.
enum class Nodes { kMake, kBind };

// kMake for root of the machine's user namespace, which has CAP_MKNOD for it; kBind for all others.
Nodes NodesOfCaller();

struct Wanted {
  std::vector<std::string> devices;      // "vendor.com/class=name", or "/dev/fuse[:/dev/x][:rwm]"
  std::vector<std::string> directories;  // of specifications; empty: DefaultDirectories()
  Nodes nodes = Nodes::kMake;
};

// Adds `wanted` to `config`, in the given order. Of a CDI device, the edits of its specification come first,
// once for all its devices, and then its own:
//
// - a variable of the same name, a node with the same path and a mount with the same destination are replaced
// - a rule of the cgroup is added for each device node, with its permissions
// - hooks come after those that are there
// - a mount comes after those that are there, but before those below its destination, which it would hide
// - of several intelRdt the last one counts, as a whole
//
// A device that is wanted twice is added once. Errors name the file, the device and what is wrong with it.
// What a device needs on the machine must exist: nodes, sources of bind mounts, and hooks that run in the
// runtime's namespaces.
Status AddDevices(const Wanted& wanted, json::Editor& config);

}  // namespace tare::cdi
