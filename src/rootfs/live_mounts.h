// Mounts that are added to a container that runs, and removed from it. A list of mounts is added or removed
// as a whole or not at all.
//
// Both functions are called in the mount namespace of the container, with its root as the root directory. The
// container's processes run meanwhile: any component of a path may be replaced by a link at any moment.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "rootfs/mount_actions.h"
#include "rootfs/mount_plan.h"

namespace tare::rootfs {

// An error for mounts that can only be made when the container is created, or that could not be undone.
Status CheckAddable(const std::vector<MountStep>& steps);

// The SELinux label of new file systems, and the mount option that sets it, as in MountContext.
struct Label {
  std::string label;
  std::string context;
};

// Destinations are resolved and created as by `create`. If a mount fails, those before it are detached, and
// what was created for them is removed.
Status AddMounts(const std::vector<MountStep>& steps, const Label& label, SourceOpener open_source);

// Detaches the topmost mount at each destination, with all mounts below it. A destination that leads through
// a symbolic link is an error: the container could otherwise choose the mount that is removed, for example
// one that masks a file. If one cannot be detached, the others are attached again.
Status RemoveMounts(const std::vector<std::string>& destinations);

}  // namespace tare::rootfs
