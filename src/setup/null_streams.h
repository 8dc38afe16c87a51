// Standard streams of a container that are the host's /dev/null.
#pragma once

#include "base/status.h"

namespace tare::setup {

// Replaces them by the /dev/null of the container, whose root directory is `root`, as runc does. A descriptor
// of the host's node would be on a mount of the host: CRIU cannot save it, and /proc/self/fd/0 would lead
// there. If /dev is on a mount with the flag nodev, they stay.
Status ReopenNullStreams(int root);

}  // namespace tare::setup
