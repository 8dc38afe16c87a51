// The global flags, which every operation needs.
#pragma once

#include <string>

namespace tare::lifecycle {

struct Runtime {
  std::string root;              // --root: directory for container state (/run/tare)
  bool root_by_default = false;  // no --root was given: if the directory is missing, there are no containers
  bool systemd_cgroup = false;   // --systemd-cgroup
  // The shim may not get the flag: a linux.cgroupsPath in systemd's form (two colons) means systemd, too.
  bool systemd_by_path = false;
  bool rootless = false;  // --rootless, or not root
};

}  // namespace tare::lifecycle
