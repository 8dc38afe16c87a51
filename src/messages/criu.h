// CRIU's requests and responses (criu's images/rpc.proto), as far as a runtime needs them. They are proto2:
// CRIU refuses a message that lacks a required field, also one whose value would be zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/codec.h"

namespace tare::messages {

enum class CriuType : int32_t {
  kEmpty = 0,
  kDump = 1,
  kRestore = 2,
  kPreDump = 4,
  kNotify = 6,
  kFeatureCheck = 9,
  kVersion = 10,
};

enum class CriuCgroupMode : int32_t { kIgnore = 0, kNone = 1, kProps = 2, kSoft = 3, kFull = 4, kStrict = 5 };

enum class CriuNetworkLock : int32_t { kIptables = 1, kNftables = 2, kSkip = 3 };

struct CriuPageServer {
  std::string address;
  int32_t port = 0;
  TARE_MESSAGE("criu_page_server_info", (1, address)(2, port));
};

// An external mount. In a dump `key` is its mount point and `value` the name that the image gets; in a
// restore `key` is that name and `value` the source.
struct CriuMount {
  std::string key, value;
  TARE_MESSAGE("ext_mount_map", (1, key)(2, value));
};

struct CriuJoinNamespace {
  std::string type, path;
  TARE_MESSAGE("join_namespace", (1, type)(2, path));
};

struct CriuInheritFd {
  std::string key;
  std::optional<int32_t> fd;  // of the CRIU process
  TARE_MESSAGE("inherit_fd", (1, key)(2, fd));
};

struct CriuCgroupRoot {
  std::string controllers, path;
  TARE_MESSAGE("cgroup_root", (1, controllers)(2, path));
};

struct CriuOptions {
  std::string log_file, config_file;
  std::string root, parent_img, freeze_cgroup, lsm_profile, lsm_mount_context;
  std::optional<CriuPageServer> page_server;
  std::vector<CriuMount> mounts;
  std::vector<CriuCgroupRoot> cgroup_roots;
  std::vector<CriuInheritFd> inherit_fds;
  std::vector<std::string> external;
  std::vector<CriuJoinNamespace> join_ns;
  int32_t images_dir_fd = -1;  // of the process that made the socket pair, as is work_dir_fd
  int32_t pid = 0;
  int32_t log_level = 0;
  uint32_t empty_ns = 0;  // CLONE_NEW*
  std::optional<int32_t> work_dir_fd, status_fd;
  std::optional<CriuCgroupMode> cgroup_mode;
  std::optional<CriuNetworkLock> network_lock;
  bool notify_scripts = false, manage_cgroups = false, orphan_pts_master = false, evasive_devices = false;
  bool rst_sibling = false, leave_running = false, track_mem = false, link_remap = false;
  bool tcp_established = false, tcp_skip_in_flight = false, tcp_close = false, ext_unix_sk = false;
  bool shell_job = false, file_locks = false, auto_dedup = false, lazy_pages = false;
  TARE_MESSAGE(
      "criu_opts",
      (1, images_dir_fd)(2, pid)(3, leave_running)(4, ext_unix_sk)(5, tcp_established)(6, evasive_devices)(
          7, shell_job)(8, file_locks)(9, log_level)(10, log_file)(11, page_server)(12, notify_scripts)(
          13, root)(14, parent_img)(15, track_mem)(16, auto_dedup)(17, work_dir_fd)(18, link_remap)(
          23, mounts)(24, manage_cgroups)(25, cgroup_roots)(26, rst_sibling)(27, inherit_fds)(
          34, cgroup_mode)(37, external)(38, empty_ns)(39, join_ns)(44, freeze_cgroup)(
          46, tcp_skip_in_flight)(48, lazy_pages)(49, status_fd)(50, orphan_pts_master)(51, config_file)(
          52, tcp_close)(53, lsm_profile)(63, lsm_mount_context)(64, network_lock));
};

// In a request, the features that are asked about; in a response, those that there are.
struct CriuFeatures {
  bool mem_track = false, lazy_pages = false;
  TARE_MESSAGE("criu_features", (1, mem_track)(2, lazy_pages));
};

struct CriuRequest {
  CriuType type = CriuType::kEmpty;
  std::optional<CriuOptions> options;
  bool notify_success = false;
  bool keep_open = false;  // there will be another request; without it CRIU serves one
  std::optional<CriuFeatures> features;
  TARE_MESSAGE("criu_req", (1, type)(2, options)(3, notify_success)(4, keep_open)(5, features));
};

struct CriuRestored {
  int32_t pid = 0;
  TARE_MESSAGE("criu_restore_resp", (1, pid));
};

struct CriuNotification {
  std::string script;  // the moment: "post-dump", "setup-namespaces" ...
  int32_t pid = 0;
  TARE_MESSAGE("criu_notify", (1, script)(2, pid));
};

struct CriuVersion {
  int32_t major = 0, minor = 0, sublevel = 0;
  TARE_MESSAGE("criu_version", (1, major)(2, minor)(4, sublevel));
};

struct CriuResponse {
  CriuType type = CriuType::kEmpty;
  bool success = false;
  CriuRestored restored;
  CriuNotification notification;
  int32_t error = 0;  // an errno, often 0
  CriuFeatures features;
  CriuVersion version;
  TARE_MESSAGE("criu_resp",
               (1, type)(2, success)(4, restored)(5, notification)(7, error)(8, features)(10, version));
};

}  // namespace tare::messages
