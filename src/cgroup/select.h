// "v1, v2, systemd?" is asked here, once for the whole program.
#pragma once

#include <map>
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
  bool systemd = false;   // --systemd-cgroup: the path is "slice:prefix:name"
  bool rootless = false;  // a cgroup that may not be made is then no error, if no path was asked for; with
                          // systemd it is the user's own that is asked
  // For systemd, which wants to know them when it makes the unit.
  const spec::Resources* resources = nullptr;
  const std::map<std::string, std::string>* annotations = nullptr;
};

// What Select() has to know about the machine. An error is reported only if that fact is needed.
struct Host {
  StatusOr<Layout> layout;
  StatusOr<std::string> slices;  // with systemd: the cgroup that holds its slices, relative to the root
};

// Reads only what `request` needs.
Host LookAtHost(const Request& request);

// The manager of a container to be created. It makes nothing yet, and nothing but `host` is looked at.
StatusOr<std::unique_ptr<Manager>> Select(const Request& request, const Host& host);
inline StatusOr<std::unique_ptr<Manager>> Select(const Request& request) {
  return Select(request, LookAtHost(request));
}

// The manager of an existing container, from its record.
StatusOr<std::unique_ptr<Manager>> Attach(const Paths& paths, bool systemd);

// The paths for `exec --cgroup ARGUMENT...`, each "PATH" or "CONTROLLER[,CONTROLLER...]:PATH": cgroups below
// the container's. One with ".." is an error.
StatusOr<Paths> PathsBelow(const Paths& paths, const std::vector<std::string>& arguments);

}  // namespace tare::cgroup
