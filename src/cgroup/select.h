// Decides between v1 and v2; no other code does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cgroup/layout.h"
#include "cgroup/manager.h"

namespace tare::cgroup {

struct Request {
  std::string container_id;
  // linux.cgroupsPath. Empty: a cgroup with the container's ID, below that of the runtime.
  std::string cgroups_path;
  bool rootless = false;  // then it is not an error if no cgroup may be created, unless a path was given
};

// The machine's layout, as far as Select() needs it for `request`.
StatusOr<Layout> LayoutFor(const Request& request);

// The manager of a container to be created. This does not create anything yet, and it uses no facts about the
// machine but `layout`, whose error is reported only if it is needed.
StatusOr<std::unique_ptr<Manager>> Select(const Request& request, const StatusOr<Layout>& layout);
inline StatusOr<std::unique_ptr<Manager>> Select(const Request& request) {
  return Select(request, LayoutFor(request));
}

// The manager of a container to be created without a cgroup. A limit is then an error.
std::unique_ptr<Manager> None(const StatusOr<Layout>& layout);

// The manager of an existing container, from its record.
std::unique_ptr<Manager> Existing(const Paths& paths);

// The paths for `exec --cgroup ARGUMENT...`, where each argument is "PATH" or
// "CONTROLLER[,CONTROLLER...]:PATH". They are below the container's own; a path with ".." is an error.
StatusOr<Paths> PathsBelow(const Paths& paths, const std::vector<std::string>& arguments);

}  // namespace tare::cgroup
