// The cgroup driver of a container: cgroupfs, or with --systemd-cgroup a scope of systemd around the same
// files. It is chosen here and nowhere else.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/status.h"
#include "cgroup/layout.h"
#include "cgroup/manager.h"

namespace tare::container {

struct CgroupRequest {
  std::string container_id;
  std::string cgroups_path;  // linux.cgroupsPath; with systemd: "slice:prefix:name"
  bool systemd = false;      // --systemd-cgroup
  bool none = false;         // --cgroup-manager=disabled
  bool rootless = false;     // see cgroup::Request; with systemd: the user's own systemd is asked
  // For systemd, which needs them when it creates the unit.
  const spec::Resources* resources = nullptr;
  const std::map<std::string, std::string>* annotations = nullptr;
};

// What PlanCgroup() has to know about the machine. An error is reported only if that fact is needed.
struct CgroupHost {
  StatusOr<cgroup::Layout> layout;
  StatusOr<std::string> slices;  // with systemd: the cgroup that holds its slices, relative to the root
};

// Reads only what `request` needs.
CgroupHost LookAtHost(const CgroupRequest& request);

// The manager of a container to be created. This does not create anything yet, and it uses no facts about the
// machine but `host`.
StatusOr<std::unique_ptr<cgroup::Manager>> PlanCgroup(const CgroupRequest& request, const CgroupHost& host);

// The manager of an existing container, as recorded.
std::unique_ptr<cgroup::Manager> ExistingCgroup(const cgroup::Paths& paths, bool systemd);

}  // namespace tare::container
