// The part of privileges.h that is about mounts and paths.
#pragma once

#include <string>

#include "spec/inspection.h"

namespace tare::explain {

// Adds a warning on a privilege.
inline void Warn(spec::Inspection& inspection, const std::string& pointer, const std::string& what) {
  inspection.Add(spec::Topic::kPrivilege, pointer, what);
}

void WarnOfMounts(spec::Inspection& inspection);

// Masked and read-only paths that are missing, and the propagation of the rootfs.
void WarnOfPaths(spec::Inspection& inspection);

}  // namespace tare::explain
