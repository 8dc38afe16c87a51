// What tare remembers of a container between two commands, and its JSON text: <root>/<id>/container.json.
//
// A newer tare reads the records of every older one; docs/architecture.md has the rule. A field is declared
// here and named once in the list in record.cc. One that is zero or empty is left out, if it is optional.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::container {

// Raised when an older tare must not use the records of this one. A record without a version is older than 1.
inline constexpr int kRecordVersion = 1;

// A network that the container is attached to (--network).
struct Network {
  std::string name;
  std::string interface;
  std::string mac;
  std::vector<std::string> addresses;  // with the length of the prefix: "10.1.2.3/24"

  bool operator==(const Network&) const = default;
};

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
  std::vector<spec::NamespaceType>
      namespaces;                       // those in which init differs from the runtime: exec joins them
  std::vector<spec::Namespace> joined;  // the ones among them that were given by path
  // The pid namespace was created for the container: init is process 1 in it, and when init ends, the
  // kernel kills all others (pid_namespaces(7)). If not, they outlive init, and only the cgroup shows
  // which they are.
  bool own_pid_namespace = false;
  // The mount on the rootfs in the runtime's own mount namespace, which holds everything that was mounted for
  // the container; 0: there is none.
  uint64_t rootfs_mount = 0;
  // The container's resctrl::Group: its class, its counters ("": none), and what delete removes.
  std::string rdt_control;
  std::string rdt_monitor;
  std::vector<std::string> rdt_owned;
  bool chrooted = false;     // init's root is not that of its mount namespace: exec must change its root, too
  bool has_seccomp = false;  // the compiled filter is kept beside the record
  bool has_process = true;   // false: config.json had no process, so `start` must fail
  bool has_poststart_hooks = false;
  bool has_poststop_hooks = false;
  std::vector<Network> networks;
  std::vector<std::string> ports;  // of the host that lead to the container: "8080:80/tcp"
  std::string hostname;            // by which the others in its networks find it; "": there are no networks
  std::map<std::string, std::string> annotations;
  // Flags and program of the command line that describe the container, and the directory in which relative
  // paths among them begin: for `tare unit`.
  std::vector<std::string> flags;
  std::vector<std::string> program;
  std::string flags_directory;
};

std::string RecordJson(const Record& record);

// Unimplemented: the record has a newer version. InvalidArgument: it is damaged.
StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name);

// What can be read from the damaged text of RecordJson() for container `id`: the id, and init's pid and start
// time if both are complete.
Record SalvageRecord(absl::string_view damaged, const std::string& id);

// A quick check without parsing: `json` looks like the complete record of container `id`, in this version.
bool LooksWhole(absl::string_view json, const std::string& id);

}  // namespace tare::container
