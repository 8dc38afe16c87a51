// The global flags, which every operation needs.
#pragma once

#include <string>

namespace tare::lifecycle {

struct Runtime {
  std::string root;              // --root: directory for container state (/run/tare)
  bool root_by_default = false;  // no --root was given: if the directory is missing, there are no containers
  bool systemd_cgroup = false;   // --systemd-cgroup
  bool no_cgroup = false;        // --cgroup-manager=disabled: containers stay in the caller's cgroup
  // The shim may not get the flag: a linux.cgroupsPath in systemd's form (two colons) means systemd, too.
  bool systemd_by_path = false;
  bool rootless = false;  // --rootless, or not root
  // True for the commands of the command line: they ask the supervisor of a container before they act on it.
  // False in the shim, whose containers have none, and in a supervisor and its workers: a worker would wait
  // for the supervisor, which waits for the worker.
  bool ask_supervisor = false;
};

}  // namespace tare::lifecycle
