// A CDI specification: the devices of one kind, and how a container's config.json is edited for each of them.
// https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md, versions 0.3.0 to 1.1.0.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cdi {

struct DeviceNode {
  std::string path;       // in the container
  std::string host_path;  // empty: the same as `path`
  std::string type;       // b, c, u or p; empty: that of the node on the host
  // 0: both are those of the node on the host. A file that gives only the major number means minor number 0,
  // because Go's encoders leave out a zero.
  uint32_t major = 0;
  uint32_t minor = 0;
  std::optional<mode_t> file_mode;
  std::string permissions;  // of "rwm"; empty: all; "none": no access by itself
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
};

struct Mount {
  std::string host_path;
  std::string container_path;
  std::string type;
  std::vector<std::string> options;
};

struct Hook {
  std::string name;  // "createContainer"
  std::string path;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::optional<int32_t> timeout;  // seconds
};

struct NetDevice {
  std::string host_name;
  std::string name;
};

struct IntelRdt {
  std::string clos_id;
  std::string l3_cache_schema;
  std::string mem_bw_schema;
  std::vector<std::string> schemata;
  bool enable_monitoring = false;  // up to 1.0.0: enableCMT or enableMBM
};

struct Edits {
  std::vector<std::string> env;
  std::vector<DeviceNode> nodes;
  std::vector<Mount> mounts;
  std::vector<Hook> hooks;
  std::vector<NetDevice> net_devices;
  std::vector<gid_t> additional_gids;
  std::optional<IntelRdt> intel_rdt;
};

struct Device {
  std::string name;
  Edits edits;
};

struct Spec {
  std::string version;
  std::string kind;
  Edits edits;  // for every container that has one of the devices
  std::vector<Device> devices;
};

enum class Format { kJson, kYaml };

// Reads a specification. An error begins with `name` and has the JSON pointer of the value, or line and
// column if the text is malformed. A field that is unknown, that is given twice, or that is newer than the
// cdiVersion of the text is an error.
StatusOr<Spec> ReadSpec(absl::string_view text, Format format, absl::string_view name);

}  // namespace tare::cdi
