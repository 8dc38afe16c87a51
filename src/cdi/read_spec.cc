#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cdi/names.h"
#include "cdi/spec.h"
#include "cdi/yaml.h"
#include "json/reader.h"

namespace tare::cdi {
namespace {

using json::Value;

// The released versions, the oldest first. 0.1.0 and 0.2.0 had other fields.
constexpr std::array<absl::string_view, 8> kVersions = {"0.3.0", "0.4.0", "0.5.0", "0.6.0",
                                                        "0.7.0", "0.8.0", "1.0.0", "1.1.0"};
enum Version { k030, k040, k050, k060, k070, k080, k100, k110 };

constexpr size_t kMostAnnotations = 256 << 10;  // bytes of keys and values, as in Kubernetes

using Names = std::span<const absl::string_view>;
constexpr absl::string_view kSpecFields[] = {"cdiVersion", "kind", "annotations", "devices",
                                             "containerEdits"};
constexpr absl::string_view kDeviceFields[] = {"name", "annotations", "containerEdits"};
constexpr absl::string_view kEditFields[] = {"env",        "deviceNodes", "mounts",        "hooks",
                                             "netDevices", "intelRdt",    "additionalGids"};
constexpr absl::string_view kNodeFields[] = {"path",     "hostPath",    "type", "major", "minor",
                                             "fileMode", "permissions", "uid",  "gid"};
constexpr absl::string_view kMountFields[] = {"hostPath", "containerPath", "type", "options"};
constexpr absl::string_view kHookFields[] = {"hookName", "path", "args", "env", "timeout"};
constexpr absl::string_view kNetDeviceFields[] = {"hostInterfaceName", "name"};
constexpr absl::string_view kRdtFields[] = {"closID",           "l3CacheSchema", "memBwSchema", "schemata",
                                            "enableMonitoring", "enableCMT",     "enableMBM"};

constexpr absl::string_view kHookNames[] = {"prestart",       "createRuntime", "createContainer",
                                            "startContainer", "poststart",     "poststop"};
constexpr absl::string_view kNodeTypes[] = {"b", "c", "u", "p"};

// A newer version is one that this tare does not know; any other wrong one is a mistake.
void FailVersion(Value at, absl::string_view version) {
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  uint32_t major = 0;
  uint32_t minor = 0;
  const bool is_number =
      parts.size() == 3 && absl::SimpleAtoi(parts[0], &major) && absl::SimpleAtoi(parts[1], &minor);
  if (is_number && (major > 1 || (major == 1 && minor > 1))) {
    at.Fail(
        absl::StrCat("is ", version, ", and ", kVersions.back(), " is the newest version that tare knows"),
        absl::StatusCode::kUnimplemented);
  } else {
    at.Fail(absl::StrCat("\"", version, "\" is not a supported version (", kVersions.front(), " to ",
                         kVersions.back(), ")"));
  }
}

// Reads the values of a text whose cdiVersion is known.
class Reader {
 public:
  Spec Read(Value root) {
    Only(root, kSpecFields);
    Spec spec;
    spec.version = ReadVersion(root.Required("cdiVersion"));
    spec.kind = ReadKind(root.Required("kind"));
    ReadAnnotations(root["annotations"]);
    ReadDevices(root.Required("devices"), spec);
    spec.edits = ReadEdits(root["containerEdits"]);
    return spec;
  }

 private:
  // Null counts as absent, so a field that is null is not looked at.
  void Only(Value object, Names fields) const {
    std::set<absl::string_view> seen;
    for (Value member : object.Members()) {
      if (std::ranges::find(fields, member.key()) == fields.end())
        member.Fail("unknown field");
      else if (!seen.insert(member.key()).second)
        member.Fail("is given twice");
    }
  }

  void Needs(Version version, Value at) const {
    if (at.present() && version_ < version)
      at.Fail(
          absl::StrCat("needs cdiVersion ", kVersions[version], ", and the file has ", kVersions[version_]));
  }

  void Check(const Status& status, Value at) const {
    if (at.present() && !status.ok()) at.Fail(status.message());
  }

  std::string ReadVersion(Value at) {
    const std::string text = at.String();
    const absl::string_view version = absl::StripPrefix(text, "v");
    const auto known = std::ranges::find(kVersions, version);
    if (known == kVersions.end()) {
      if (at.present()) FailVersion(at, version);
      return "";
    }
    version_ = static_cast<Version>(known - kVersions.begin());
    return std::string(version);
  }

  std::string ReadKind(Value at) const {
    std::string kind = at.String();
    Check(CheckKind(kind), at);
    if (absl::StrContains(ClassOf(kind), ".")) Needs(k060, at);
    return kind;
  }

  void ReadAnnotations(Value at) const {
    size_t size = 0;
    for (Value annotation : at.Members()) {
      Needs(k060, at);
      Check(CheckAnnotationKey(annotation.key()), annotation);
      size += annotation.key().size() + annotation.String().size();
    }
    if (size > kMostAnnotations) at.Fail(absl::StrCat("must have at most ", kMostAnnotations, " bytes"));
  }

  void ReadDevices(Value at, Spec& spec) const {
    std::set<std::string> names;
    for (Value element : at.Elements()) {
      spec.devices.push_back(ReadDevice(element));
      const Device& device = spec.devices.back();
      if (!names.insert(device.name).second)
        element["name"].Fail(absl::StrCat("there are two devices with the name \"", device.name, "\""));
    }
    if (spec.devices.empty() && at.present()) at.Fail("must have at least one device");
  }

  Device ReadDevice(Value at) const {
    Only(at, kDeviceFields);
    const Value name = at.Required("name");
    Device device = {.name = name.String()};
    Check(CheckDeviceName(device.name), name);
    if (!device.name.empty() && absl::ascii_isdigit(static_cast<unsigned char>(device.name[0])))
      Needs(k050, name);
    ReadAnnotations(at["annotations"]);
    device.edits = ReadEdits(at["containerEdits"]);
    return device;
  }

  Edits ReadEdits(Value at) const {
    Only(at, kEditFields);
    Edits edits;
    edits.env = ReadEnv(at["env"]);
    for (Value node : at["deviceNodes"].Elements()) edits.nodes.push_back(ReadNode(node));
    for (Value mount : at["mounts"].Elements()) edits.mounts.push_back(ReadMount(mount));
    for (Value hook : at["hooks"].Elements()) edits.hooks.push_back(ReadHook(hook));
    for (Value device : at["netDevices"].Elements()) edits.net_devices.push_back(ReadNetDevice(device));
    for (Value gid : at["additionalGids"].Elements()) {
      Needs(k070, at["additionalGids"]);
      edits.additional_gids.push_back(gid.Integer<gid_t>());
    }
    if (at["intelRdt"].present()) edits.intel_rdt = ReadRdt(at["intelRdt"]);
    return edits;
  }

  std::vector<std::string> ReadEnv(Value at) const {
    std::vector<std::string> env;
    for (Value element : at.Elements()) {
      env.push_back(element.String());
      if (env.back().find('=') == std::string::npos || env.back()[0] == '=')
        element.Fail(absl::StrCat("must be NAME=VALUE, not \"", env.back(), "\""));
    }
    return env;
  }

  DeviceNode ReadNode(Value at) const {
    Only(at, kNodeFields);
    DeviceNode node = {.path = at.Required("path").AbsolutePath(),
                       .host_path = at["hostPath"].String(),
                       .major = at["major"].Integer<uint32_t>(),
                       .minor = at["minor"].Integer<uint32_t>(),
                       .file_mode = at["fileMode"].OptionalInteger<mode_t>(0, 07777),
                       .permissions = at["permissions"].String(),
                       .uid = at["uid"].OptionalInteger<uid_t>(),
                       .gid = at["gid"].OptionalInteger<gid_t>()};
    if (!node.host_path.empty()) {
      at["hostPath"].AbsolutePath();
      Needs(k050, at["hostPath"]);
    }
    node.type = at["type"].String();
    if (!node.type.empty()) json::KnownName(at["type"], kNodeTypes, "type of a device");
    if (node.permissions != "none" && node.permissions.find_first_not_of("rwm") != std::string::npos)
      at["permissions"].Fail(absl::StrCat("must be of r, w and m, not \"", node.permissions, "\""));
    return node;
  }

  Mount ReadMount(Value at) const {
    Only(at, kMountFields);
    Mount mount = {.host_path = at.Required("hostPath").NonEmptyString(),
                   .container_path = at.Required("containerPath").AbsolutePath(),
                   .type = at["type"].String(),
                   .options = at["options"].Strings()};
    if (!mount.type.empty()) Needs(k040, at["type"]);
    return mount;
  }

  Hook ReadHook(Value at) const {
    Only(at, kHookFields);
    return {.name = json::KnownName(at.Required("hookName"), kHookNames, "hook"),
            .path = at.Required("path").AbsolutePath(),
            .args = at["args"].Strings(),
            .env = ReadEnv(at["env"]),
            .timeout = at["timeout"].OptionalInteger<int32_t>(1)};
  }

  NetDevice ReadNetDevice(Value at) const {
    Only(at, kNetDeviceFields);
    Needs(k110, at);
    return {.host_name = at.Required("hostInterfaceName").NonEmptyString(),
            .name = at.Required("name").NonEmptyString()};
  }

  IntelRdt ReadRdt(Value at) const {
    Only(at, kRdtFields);
    Needs(k070, at);
    Needs(k110, at["schemata"]);
    Needs(k110, at["enableMonitoring"]);
    for (absl::string_view dropped : {"enableCMT", "enableMBM"}) {
      if (at[dropped].present() && version_ >= k110)
        at[dropped].Fail("does not exist any more in cdiVersion 1.1.0");
    }
    const std::string clos = at["closID"].String();
    if (clos == "." || clos == ".." || clos.find_first_of("/\n") != std::string::npos)
      at["closID"].Fail(absl::StrCat("\"", clos, "\" cannot be the name of a directory"));
    return {.clos_id = clos,
            .l3_cache_schema = at["l3CacheSchema"].String(),
            .mem_bw_schema = at["memBwSchema"].String(),
            .schemata = at["schemata"].Strings(),
            .enable_monitoring =
                at["enableMonitoring"].Bool() || at["enableCMT"].Bool() || at["enableMBM"].Bool()};
  }

  Version version_ = k030;
};

Spec ReadRoot(Value root) {
  return Reader().Read(root);
}

Scalar KindOf(absl::string_view object, absl::string_view member) {
  constexpr absl::string_view kIntegers[] = {"major", "minor",   "fileMode",      "uid",
                                             "gid",   "timeout", "additionalGids"};
  constexpr absl::string_view kBools[] = {"enableMonitoring", "enableCMT", "enableMBM"};
  if (object == "annotations") return Scalar::kString;
  if (std::ranges::find(kIntegers, member) != std::end(kIntegers)) return Scalar::kInteger;
  return std::ranges::find(kBools, member) != std::end(kBools) ? Scalar::kBool : Scalar::kString;
}

}  // namespace

StatusOr<Spec> ReadSpec(absl::string_view text, Format format, absl::string_view name) {
  if (format == Format::kJson) return json::Read<Spec>(text, name, ReadRoot, json::Remarks::kDrop);
  TARE_ASSIGN_OR_RETURN(const std::string json, YamlToJson(text, name, KindOf));
  return json::Read<Spec>(json, name, ReadRoot, json::Remarks::kDrop);
}

}  // namespace tare::cdi
