// Whether a cgroup is v1 or v2 is asked here, once for the whole program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cgroup/layout.h"
#include "cgroup/manager.h"

namespace tare::cgroup {

struct Request {
  std::string container_id;
  // linux.cgroupsPath; empty: one named after the container, below the runtime's own.
  std::string cgroups_path;
  bool rootless = false;  // a cgroup that may not be made is then no error, if no path was asked for
};

// The machine's layout, as far as Select() needs it for `request`.
StatusOr<Layout> LayoutFor(const Request& request);

// The manager of a container to be created. It makes nothing yet, and nothing but `layout` is looked at; if
// that is an error, it is reported only where it is needed.
StatusOr<std::unique_ptr<Manager>> Select(const Request& request, const StatusOr<Layout>& layout);
inline StatusOr<std::unique_ptr<Manager>> Select(const Request& request) {
  return Select(request, LayoutFor(request));
}

// The manager of an existing container, from its record.
std::unique_ptr<Manager> Attach(const Paths& paths);

// The paths for `exec --cgroup ARGUMENT...`, each "PATH" or "CONTROLLER[,CONTROLLER...]:PATH": cgroups below
// the container's. One with ".." is an error.
StatusOr<Paths> PathsBelow(const Paths& paths, const std::vector<std::string>& arguments);

}  // namespace tare::cgroup
