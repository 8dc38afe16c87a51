// The root file system of a container, as containerd's snapshotter describes it: mounted at Create on
// BUNDLE/rootfs in the machine's mount namespace, unmounted at Delete.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "messages/mount.h"

namespace tare::shim {

// In order, on `target`, an existing directory; on failure nothing stays mounted. Changes the working
// directory: for a worker.
Status MountRootfs(const std::vector<messages::Mount>& mounts, const std::string& target);

// Whatever is mounted on `target`, however often. No error if it does not exist.
Status UnmountRootfs(const std::string& target);

// The directory that all of overlay's `lower` (DIR:DIR...) have in common and the rest of each: mount(2)
// takes a page of data, which many long names overflow. An empty directory: they have none.
struct ShortLower {
  std::string directory;
  std::string lower;
};
ShortLower Shorten(const std::string& lower);

}  // namespace tare::shim
