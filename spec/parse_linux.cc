#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "json/reader.h"
#include "spec/names.h"
#include "spec/sections.h"

namespace tare::spec {
namespace {

using json::List;
using json::Map;
using json::Optional;
using json::Value;

// The position in `names`, for sets that the kernel or config_linux.h numbers in that order.
template <size_t N>
int IndexAt(Value at, const std::array<absl::string_view, N>& names, absl::string_view kind) {
  const std::string name = json::KnownName(at, names, kind);
  auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? 0 : static_cast<int>(found - names.begin());
}

// Engines write optional paths and words that they leave open as "".
std::string ReadOptionalPath(Value at) {
  return at.String().empty() ? "" : at.AbsolutePath();
}

TimeOffset ReadTimeOffset(Value at) {
  if (at.key() != "monotonic" && at.key() != "boottime") {
    at.Fail(absl::StrCat("unknown clock \"", at.key(), "\""));
  }
  return {
      .secs = at["secs"].Integer<int64_t>(),
      .nanosecs = at["nanosecs"].Integer<uint32_t>(0, 999'999'999),
  };
}

DeviceType ReadDeviceType(Value at) {
  const std::string type = at.String();
  if (type == "c" || type == "u") return DeviceType::kChar;
  if (type == "b") return DeviceType::kBlock;
  if (type == "p") return DeviceType::kFifo;
  if (at.present()) at.Fail(absl::StrCat("unknown device type \"", type, "\""));
  return DeviceType::kChar;
}

uint32_t ReadDeviceNumber(Value at, absl::string_view name, DeviceType type) {
  return (type == DeviceType::kFifo ? at[name] : at.Required(name)).Integer<uint32_t>();
}

// Some engines hand over st_mode as it is: only the permission bits are the file's mode. Others than those of
// owner, group and the rest mean nothing on a device.
std::optional<mode_t> ReadFileMode(Value at) {
  if (!at.present()) return std::nullopt;
  return at.Integer<mode_t>() & 0777;
}

// config-linux.md asks for a full path. One that is relative is below the container's root, as under runc; a
// slash at the end names nothing.
std::string ReadDevicePath(Value at) {
  std::string path = at.NonEmptyString();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty() || path.starts_with('/')) return path;
  at.Remark(absl::StrCat("read as \"/", path, "\": it should be an absolute path"));
  return absl::StrCat("/", path);
}

Device ReadDevice(Value at) {
  const DeviceType type = ReadDeviceType(at.Required("type"));
  return {
      .type = type,
      .path = ReadDevicePath(at.Required("path")),
      .major = ReadDeviceNumber(at, "major", type),
      .minor = ReadDeviceNumber(at, "minor", type),
      .file_mode = ReadFileMode(at["fileMode"]),
      .uid = Optional(at["uid"], ReadId),
      .gid = Optional(at["gid"], ReadId),
  };
}

NetDevice ReadNetDevice(Value at) {
  return {.name = at["name"].String()};
}

std::string ReadOneLine(Value at) {
  std::string line = at.String();
  if (line.find('\n') != line.npos) at.Fail("must not contain a newline");
  return line;
}

// One directory below /sys/fs/resctrl, or "/", the default class itself.
std::string ReadClosId(Value at) {
  std::string id = at.String();
  const bool escapes = id == "." || id == ".." || id.find('/') != id.npos;
  if (escapes && id != "/") at.Fail(absl::StrCat("must be \"/\" or a plain name, not \"", id, "\""));
  return id;
}

std::string ReadMemBwSchema(Value at) {
  std::string schema = ReadOneLine(at);
  if (!schema.empty() && !schema.starts_with("MB:")) at.Fail("must begin with \"MB:\"");
  return schema;
}

// Before version 1.3.0 of the specification there were two switches, for the occupancy of caches and for
// memory bandwidth. A monitoring group counts both.
bool ReadMonitoring(Value at) {
  const bool occupancy = at["enableCMT"].Bool();
  const bool bandwidth = at["enableMBM"].Bool();
  return at["enableMonitoring"].Bool() || occupancy || bandwidth;
}

IntelRdt ReadIntelRdt(Value at) {
  return {
      .clos_id = ReadClosId(at["closID"]),
      .schemata = List(at["schemata"], ReadOneLine),
      .l3_cache_schema = at["l3CacheSchema"].String(),
      .mem_bw_schema = ReadMemBwSchema(at["memBwSchema"]),
      .enable_monitoring = ReadMonitoring(at),
  };
}

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.size() <= 9 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsNumberOrRange(absl::string_view text) {
  std::vector<absl::string_view> ends = absl::StrSplit(text, absl::MaxSplits('-', 1));
  return std::all_of(ends.begin(), ends.end(), IsNumber);
}

bool IsNumberList(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  return text.empty() || std::all_of(parts.begin(), parts.end(), IsNumberOrRange);
}

// What programs look for in the faults of a memory policy is runc's "invalid memory policy ...".
int ReadMemoryPolicyMode(Value policy) {
  const Value at = policy["mode"];
  const std::string name = at.String();
  const auto* mode = std::find(kMemoryPolicyModes.begin(), kMemoryPolicyModes.end(), name);
  if (mode != kMemoryPolicyModes.end()) return static_cast<int>(mode - kMemoryPolicyModes.begin());
  (at.present() ? at : policy).Fail(absl::StrCat("invalid memory policy mode \"", name, "\""));
  return 0;
}

unsigned ReadMemoryPolicyFlags(Value at) {
  constexpr int kFirstFlagBit = 13;  // MPOL_F_NUMA_BALANCING
  unsigned flags = 0;
  for (Value flag : at.Elements()) {
    const std::string name = flag.String();
    const auto* known = std::find(kMemoryPolicyFlags.begin(), kMemoryPolicyFlags.end(), name);
    if (known == kMemoryPolicyFlags.end()) {
      flag.Fail(absl::StrCat("invalid memory policy flag \"", name, "\""));
    } else {
      flags |= 1u << (kFirstFlagBit + (known - kMemoryPolicyFlags.begin()));
    }
  }
  return flags;
}

std::string ReadMemoryPolicyNodes(Value at) {
  std::string nodes = at.String();
  if (!IsNumberList(nodes))
    at.Fail(absl::StrCat("invalid memory policy nodes \"", nodes, "\": must be a list such as \"0-3,7\""));
  return nodes;
}

MemoryPolicy ReadMemoryPolicy(Value at) {
  return {
      .mode = ReadMemoryPolicyMode(at),
      .nodes = ReadMemoryPolicyNodes(at["nodes"]),
      .flags = ReadMemoryPolicyFlags(at["flags"]),
  };
}

std::string ReadPropagation(Value at) {
  static constexpr std::array<absl::string_view, 9> kPropagations = {
      "", "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"};
  std::string word = at.String();
  if (at.present() && std::find(kPropagations.begin(), kPropagations.end(), word) == kPropagations.end())
    at.Fail(absl::StrCat("rootfsPropagation=", word, " is not supported"));
  return word;
}

// Masked and read-only paths. An empty one is none: engines write it for one that they leave out.
std::vector<std::string> ReadPaths(Value at) {
  std::vector<std::string> paths;
  for (Value element : at.Elements()) {
    if (element.String().empty()) {
      element.Remark("ignored: it should be an absolute path");
    } else {
      paths.push_back(element.AbsolutePath());
    }
  }
  return paths;
}

Personality ReadPersonality(Value at) {
  static constexpr std::array<absl::string_view, 2> kDomains = {"LINUX", "LINUX32"};
  Personality personality{
      .domain = json::KnownName(at.Required("domain"), kDomains, "personality domain"),
      .flags = at["flags"].Strings(),
  };
  if (!personality.flags.empty()) at["flags"].Remark("ignored: personality flags are not supported");
  return personality;
}

// Nothing is mapped without a user namespace: config.json is run as it is, as by all runtimes.
void RemarkOnMappings(Value at, const std::vector<Namespace>& namespaces) {
  const bool has_user = std::any_of(namespaces.begin(), namespaces.end(),
                                    [](const Namespace& ns) { return ns.type == NamespaceType::kUser; });
  if (has_user) return;
  for (const char* member : {"uidMappings", "gidMappings"})
    if (!at[member].Elements().empty()) at[member].Remark("ignored: the container has no user namespace");
}

}  // namespace

NamespaceType ReadNamespaceType(Value at) {
  return static_cast<NamespaceType>(IndexAt(at, kNamespaceNames, "namespace type"));
}

Namespace ReadNamespace(Value at) {
  return {.type = ReadNamespaceType(at.Required("type")), .path = ReadOptionalPath(at["path"])};
}

IdMapping ReadIdMapping(Value at) {
  const IdMapping mapping{
      .container_id = ReadId(at.Required("containerID")),
      .host_id = ReadId(at.Required("hostID")),
      .size = at.Required("size").Integer<uint32_t>(1),
  };
  if (mapping.size > kNoId - std::max(mapping.container_id, mapping.host_id)) {
    at["size"].Fail(
        absl::StrCat("a range of ", mapping.size, " ids goes beyond the largest id, ", kNoId - 1));
  }
  return mapping;
}

std::string ReadNumberList(Value at) {
  std::string list = at.String();
  if (!IsNumberList(list)) {
    at.Fail(absl::StrCat("must be a list such as \"0-3,7\", not \"", list, "\""));
  }
  return list;
}

Linux ReadLinux(Value at) {
  std::vector<Namespace> namespaces = List(at["namespaces"], ReadNamespace);
  RemarkOnMappings(at, namespaces);
  return {
      .namespaces = std::move(namespaces),
      .uid_mappings = List(at["uidMappings"], ReadIdMapping),
      .gid_mappings = List(at["gidMappings"], ReadIdMapping),
      .time_offsets = Map(at["timeOffsets"], ReadTimeOffset),
      .devices = List(at["devices"], ReadDevice),
      .net_devices = Map(at["netDevices"], ReadNetDevice),
      .cgroups_path = at["cgroupsPath"].String(),
      .resources = Optional(at["resources"], ReadResources),
      .intel_rdt = Optional(at["intelRdt"], ReadIntelRdt),
      .memory_policy = Optional(at["memoryPolicy"], ReadMemoryPolicy),
      .sysctl = at["sysctl"].StringMap(),
      .seccomp = ReadSeccomp(at["seccomp"]),
      .rootfs_propagation = ReadPropagation(at["rootfsPropagation"]),
      .masked_paths = ReadPaths(at["maskedPaths"]),
      .readonly_paths = ReadPaths(at["readonlyPaths"]),
      .mount_label = at["mountLabel"].String(),
      .personality = Optional(at["personality"], ReadPersonality),
  };
}

}  // namespace tare::spec
