// What the shim finds and leaves in a container's bundle, a directory that containerd makes and removes.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "lifecycle/runtime.h"
#include "messages/options.h"

namespace tare::shim {

std::string RootfsOf(absl::string_view bundle);
std::string InitPidFileOf(absl::string_view bundle);  // as the runc shim leaves it for tools

// Where the state of the bundle's container is, and how its cgroup is made.
lifecycle::Runtime RuntimeOf(const messages::Options& options, absl::string_view containerd_namespace);

// For `delete`, which is called when the shim is dead and names nothing but the bundle.
Status NoteRuntime(absl::string_view bundle, const lifecycle::Runtime& runtime);
// The default one if nothing was noted.
lifecycle::Runtime NotedRuntime(absl::string_view bundle, absl::string_view containerd_namespace);

// Where the bundle's shim listens: containerd before 2.0 looks there when it comes back, and `delete` does.
Status NoteAddress(absl::string_view bundle, absl::string_view socket);
// The path of the socket; empty if none was noted.
std::string NotedSocket(absl::string_view bundle);

// What groups the bundle's container with others under one shim: an annotation, or the pod that it is of
// (CRI); else `id`.
std::string GroupOf(absl::string_view bundle, const std::string& id);

}  // namespace tare::shim
