// The files in a container's bundle. containerd creates and removes the bundle.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "lifecycle/runtime.h"
#include "messages/options.h"

namespace tare::shim {

std::string RootfsOf(absl::string_view bundle);
std::string InitPidFileOf(absl::string_view bundle);  // where tools expect it from the runc shim

// Where the container's state is kept, and how its cgroup is created.
lifecycle::Runtime RuntimeOf(const messages::Options& options, absl::string_view containerd_namespace);

// Saved for `delete`, which is called when the shim is dead and gets only the bundle.
Status SaveRuntime(absl::string_view bundle, const lifecycle::Runtime& runtime);
// The default if none was saved.
lifecycle::Runtime LoadRuntime(absl::string_view bundle, absl::string_view containerd_namespace);

// Where the bundle's shim listens. containerd before 2.0 reads it after a restart, and so does `delete`.
Status SaveSocketPath(absl::string_view bundle, absl::string_view socket);
// Empty if none was saved.
std::string LoadSocketPath(absl::string_view bundle);

struct BundleFacts {
  // Containers of one group share a shim. The group is given by an annotation: containerd's own, or the ID of
  // the pod (CRI). Without them it is the ID.
  std::string group;
  // If false, the bundle is that of a sandbox (sandbox/bundle.h).
  bool describes_container = false;
};
BundleFacts LookAtBundle(absl::string_view bundle, const std::string& id);

}  // namespace tare::shim
