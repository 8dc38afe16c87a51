// The options of containerd's runc shim (containerd's api/types/runc/options/oci.proto). Users and CRI also
// set them for shims that replace it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/codec.h"

namespace tare::messages {

struct Options {
  bool no_pivot_root = false;
  bool no_new_keyring = false;
  std::string shim_cgroup;
  uint32_t io_uid = 0, io_gid = 0;  // owner of the pipes of a container's standard streams
  std::string binary_name, root;    // of the OCI runtime
  bool systemd_cgroup = false;
  std::string criu_image_path, criu_work_path;
  std::string task_api_address;
  uint32_t task_api_version = 0;
  TARE_MESSAGE("containerd.runc.v1.Options",
               (1, no_pivot_root)(2, no_new_keyring)(3, shim_cgroup)(4, io_uid)(5, io_gid)(6, binary_name)(
                   7, root)(9, systemd_cgroup)(10, criu_image_path)(11, criu_work_path)(12, task_api_address)(
                   13, task_api_version));
};

struct CheckpointOptions {
  bool exit = false;
  bool open_tcp = false;
  bool external_unix_sockets = false;
  bool terminal = false;
  bool file_locks = false;
  std::vector<std::string> empty_namespaces;
  std::string cgroups_mode;  // soft, full, strict
  std::string image_path, work_path, parent_path;
  TARE_MESSAGE("containerd.runc.v1.CheckpointOptions",
               (1, exit)(2, open_tcp)(3, external_unix_sockets)(4, terminal)(5, file_locks)(
                   6, empty_namespaces)(7, cgroups_mode)(8, image_path)(9, work_path)(10, parent_path));
};

// In PidsResponse, for a process that an exec started.
struct ProcessDetails {
  std::string exec_id;
  TARE_MESSAGE("containerd.runc.v1.ProcessDetails", (1, exec_id));
};

}  // namespace tare::messages
