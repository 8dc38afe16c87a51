// The part of privileges.h that is about mounts and paths.
#pragma once

#include "spec/inspection.h"

namespace tare::explain {

void WarnOfMounts(spec::Inspection& inspection);

// Masked and read-only paths that are missing, and the propagation of the rootfs.
void WarnOfPaths(spec::Inspection& inspection);

}  // namespace tare::explain
