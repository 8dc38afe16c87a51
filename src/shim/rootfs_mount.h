// The root filesystem of a container, as containerd's snapshotter describes it. It is mounted at Create on
// BUNDLE/rootfs, in the host's mount namespace, and unmounted at Delete.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "messages/mount.h"

namespace tare::shim {

// Makes the mounts in order on `target`, an existing directory. If one fails, nothing stays mounted. Changes
// the working directory, so it must be called in a worker.
Status MountRootfs(const std::vector<messages::Mount>& mounts, const std::string& target);

// Unmounts everything that is mounted on `target`. It is not an error if `target` does not exist.
Status UnmountRootfs(const std::string& target);

// Splits overlay's `lower` (DIR:DIR...) into the directory that all have in common, which may be empty, and
// the rest of each. mount(2) accepts only a page of data, and many long names are longer.
struct ShortLower {
  std::string directory;
  std::string lower;
};
ShortLower Shorten(const std::string& lower);

}  // namespace tare::shim
