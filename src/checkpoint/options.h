// What the command line, or an engine, asks of checkpoint and restore.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifecycle/create/options.h"
#include "messages/criu.h"

namespace tare::checkpoint {

// Where the images are and how CRIU works; the fields are named after the flags.
struct CriuOptions {
  std::string image_path;  // of images; made if it is missing
  std::string work_path;   // of logs, made if it is missing; empty: image_path
  bool tcp_established = false;
  bool tcp_close = false;
  bool ext_unix_sk = false;
  bool shell_job = false;
  bool file_locks = false;
  bool auto_dedup = false;
  bool lazy_pages = false;
  uint32_t empty_ns = 0;  // CLONE_NEW*
  std::optional<messages::CriuCgroupMode> manage_cgroups_mode;
  std::optional<messages::CriuNetworkLock> network_lock;
};

struct CheckpointOptions {
  CriuOptions criu;
  std::string parent_path;  // of the previous image, relative to image_path
  bool leave_running = false;
  bool tcp_skip_in_flight = false;
  bool link_remap = false;
  bool pre_dump = false;
  std::optional<int> status_fd;                         // with lazy_pages
  std::optional<messages::CriuPageServer> page_server;  // gets the memory
};

struct RestoreOptions {
  CriuOptions criu;
  lifecycle::CreateOptions create;  // id, bundle, console_socket, pid_file, no_pivot
  std::string lsm_profile;          // "apparmor:NAME", "selinux:LABEL"
  std::string lsm_mount_context;
  bool detach = false;
  bool no_subreaper = false;
};

}  // namespace tare::checkpoint
