// What a container's plan depends on besides its config.json: facts about the host and about our caller.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "container/cgroup.h"
#include "lifecycle/create/options.h"
#include "lifecycle/runtime.h"
#include "namespaces/plan.h"
#include "spec/config.h"

namespace tare::lifecycle {

struct Host {
  bool privileged = true;     // we are root
  bool has_systemd = false;   // it was booted with systemd (sd_booted(3)); looked at only where that decides
  std::string notify_socket;  // NOTIFY_SOCKET of our caller
  std::string mount_namespace;            // "mnt:[4026531841]": the one that we are in
  StatusOr<std::string> resctrl = "";     // where it is mounted; looked at only for linux.intelRdt
  std::vector<namespaces::Joined> given;  // the namespaces that config.json gives by path, open
  container::CgroupHost cgroups = {.layout = cgroup::Layout{}, .slices = ""};
};

// Looks only at what `config` needs. Changes nothing.
StatusOr<Host> LookAtHost(const Runtime& runtime, const CreateOptions& options, const spec::Config& config);

// The cgroup that config.json asks for; it points into `config`. It is systemd's with --systemd-cgroup, and
// for a runtime that goes by the path also if the path has systemd's form and the host has systemd.
container::CgroupRequest CgroupRequest(const Runtime& runtime, const CreateOptions& options,
                                       const spec::Config& config, bool has_systemd);

}  // namespace tare::lifecycle
