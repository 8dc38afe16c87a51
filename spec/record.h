// The record that tare keeps of a container between two commands, as JSON: <root>/<id>/state.json.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::spec {

struct Record {
  std::string id;
  std::string bundle;   // absolute
  std::string rootfs;   // absolute
  std::string created;  // RFC 3339, nanoseconds, UTC
  uid_t owner = 0;
  pid_t init_pid = 0;
  uint64_t init_start_time = 0;                     // field 22 of /proc/PID/stat: detects a reused pid
  std::map<std::string, std::string> cgroup_paths;  // cgroup::Paths of the container
  bool systemd_cgroup = false;
  std::vector<NamespaceType> namespaces;  // those in which init differs from the runtime: exec joins them
  std::vector<Namespace> joined;          // of these, the ones that were given by path
  // Its pid namespace was made for it, so that init is process 1 and the kernel ends all others with it
  // (pid_namespaces(7)). Else they outlive init, and only the cgroup shows which they are.
  bool own_pid_namespace = false;
  // The mount that lies on the rootfs in the runtime's own mount namespace, with all that was mounted for the
  // container; 0: there is none.
  uint64_t rootfs_mount = 0;
  // resctrl::Group of the container: its class, its counters ("": none), and what delete removes.
  std::string rdt_control;
  std::string rdt_monitor;
  std::vector<std::string> rdt_owned;
  bool chrooted = false;     // init's root is not that of its mount namespace: exec changes it, too
  bool has_seccomp = false;  // its compiled filter is kept beside the record
  bool has_process = true;   // false: config.json had no process, so `start` must fail
  bool has_poststart_hooks = false;
  bool has_poststop_hooks = false;
  std::map<std::string, std::string> annotations;
};

std::string RecordJson(const Record& record);
StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name);

// What is left of RecordJson()'s text for container `id`: which process init is, if both initPid and
// initStartTime are complete in it.
Record SalvageRecord(absl::string_view damaged, const std::string& id);

}  // namespace tare::spec
