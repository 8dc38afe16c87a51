// The files in a sandbox's bundle: its root filesystem with `pause`, its config.json, and the options of the
// runtime. containerd creates and removes the bundle.
#pragma once

#include <string>

#include "base/status.h"
#include "kernel/fd.h"
#include "messages/google.h"
#include "messages/sandbox.h"

namespace tare::sandbox {

// Whether config.json describes a container: then that is the sandbox. containerd writes an empty one, or
// none, if the runtime is to decide what its sandboxes are.
bool DescribesContainer(const std::string& bundle);

// Writes config.json, and mounts a root filesystem with `pause` on BUNDLE/rootfs. On failure nothing stays
// mounted. An error if the request's options are not the description of a pod. Until the sandbox is created,
// the caller keeps the result: a user namespace that config.json refers to, if any.
StatusOr<kernel::Fd> Furnish(const messages::CreateSandboxRequest& request,
                             const std::string& containerd_namespace);
// Undoes Furnish().
void Clear(const std::string& bundle);

// containerd passes the runtime's options only to the shim's `start`, and the sandbox is created later.
Status SaveOptions(const std::string& bundle, const messages::Any& options);
messages::Any LoadOptions(const std::string& bundle);  // empty if none were saved

}  // namespace tare::sandbox
