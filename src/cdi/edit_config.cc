#include "cdi/edit_config.h"

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "json/writer.h"
#include "kernel/file.h"

namespace tare::cdi {
namespace {

using json::Editor;
using json::Output;

json::Raw Text(const Output& value) {
  return {json::OneLine(value)};
}

std::string Element(absl::string_view array, size_t index) {
  return absl::StrCat(array, "/", index);
}

void Append(absl::string_view array, const Output& value, Editor& config) {
  config.Set(absl::StrCat(array, "/-"), Text(value));
}

// Removes the elements of `array` whose member `name` is `value`.
void RemoveWhere(absl::string_view array, absl::string_view name, absl::string_view value, Editor& config) {
  for (size_t i = config.Size(array); i-- > 0;) {
    if (config.String(absl::StrCat(Element(array, i), "/", name)) == value) config.Remove(Element(array, i));
  }
}

void SetVariable(const std::string& variable, Editor& config) {
  const absl::string_view name = absl::string_view(variable).substr(0, variable.find('=') + 1);
  for (size_t i = 0; i < config.Size("/process/env"); ++i) {
    const std::string at = Element("/process/env", i);
    if (absl::StartsWith(config.String(at).value_or(""), name)) return config.Set(at, variable);
  }
  config.Set("/process/env/-", variable);
}

bool IsBelow(absl::string_view path, absl::string_view directory) {
  return absl::StartsWith(path, absl::StrCat(directory == "/" ? "" : directory, "/"));
}

void AddMount(const Output& mount, Editor& config) {
  const std::string destination = mount["destination"];
  RemoveWhere("/mounts", "destination", destination, config);
  size_t index = 0;
  const size_t size = config.Size("/mounts");
  while (index < size &&
         !IsBelow(config.String(Element("/mounts", index) + "/destination").value_or(""), destination))
    ++index;
  config.Insert("/mounts", index, Text(mount));
}

void BindNode(const std::string& host_path, const std::string& path, absl::string_view permissions,
              Editor& config) {
  const bool is_writable = permissions.empty() || absl::StrContains(permissions, "w");
  AddMount({{"destination", path},
            {"type", "bind"},
            {"source", host_path},
            {"options", {"bind", "nosuid", "noexec", is_writable ? "rw" : "ro"}}},
           config);
}

void AllowAccess(absl::string_view type, uint32_t major, uint32_t minor, const std::string& permissions,
                 Editor& config) {
  if (type == "p" || permissions == "none") return;
  Append("/linux/resources/devices",
         {{"allow", true},
          {"type", type == "b" ? "b" : "c"},
          {"major", major},
          {"minor", minor},
          {"access", permissions.empty() ? "rwm" : permissions}},
         config);
}

void SetNode(const Output& device, Editor& config) {
  RemoveWhere("/linux/devices", "path", std::string(device["path"]), config);
  Append("/linux/devices", device, config);
}

// The type and numbers that the specification leaves out are those of the node on the host.
Status Complete(DeviceNode& node) {
  if (node.host_path.empty()) node.host_path = node.path;
  const bool is_fifo = node.type == "p";
  if (!node.type.empty() && (is_fifo || node.major != 0)) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const HostNode host, LookAtNode(node.host_path));
  const std::string type = node.type == "u" ? "c" : node.type;
  if (!type.empty() && type != host.type)
    return InvalidError(node.host_path, " has type ", host.type, ", not ", node.type);
  if (node.type.empty()) node.type = host.type;
  if (node.major == 0) {
    node.major = host.major;
    node.minor = host.minor;
  }
  return absl::OkStatus();
}

// As with the reference library, a node without an owner belongs to the user of the container's program.
void SetOwner(const char* member, std::optional<uint32_t> id, absl::string_view user, const Editor& config,
              Output& device) {
  const int64_t own = config.Integer(user).value_or(0);
  if (id)
    device[member] = *id;
  else if (own > 0)
    device[member] = own;
}

Status ApplyNode(DeviceNode node, Nodes nodes, Editor& config) {
  TARE_RETURN_IF_ERROR(Complete(node), "device node ", node.path);
  if (nodes == Nodes::kBind) {
    TARE_RETURN_IF_ERROR(LookAtNode(node.host_path).status(), "device node ", node.path);
    BindNode(node.host_path, node.path, node.permissions, config);
    return absl::OkStatus();
  }
  Output device = {{"path", node.path}, {"type", node.type}};
  if (node.type != "p") device.update({{"major", node.major}, {"minor", node.minor}});
  if (node.file_mode) device["fileMode"] = *node.file_mode;
  SetOwner("uid", node.uid, "/process/user/uid", config, device);
  SetOwner("gid", node.gid, "/process/user/gid", config, device);
  SetNode(device, config);
  AllowAccess(node.type, node.major, node.minor, node.permissions, config);
  return absl::OkStatus();
}

Status MustExist(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(const bool exists, kernel::Exists(AT_FDCWD, path));
  return exists ? absl::OkStatus() : ErrnoError(ENOENT, path);
}

// Without a type it is a bind mount: that is what the specifications mean, and what a runtime would otherwise
// refuse.
Status ApplyMount(const Mount& mount, Editor& config) {
  std::vector<std::string> options = mount.options;
  const bool has_bind =
      std::ranges::any_of(options, [](const std::string& o) { return o == "bind" || o == "rbind"; });
  const bool is_bind = has_bind || mount.type.empty() || mount.type == "bind";
  if (is_bind) TARE_RETURN_IF_ERROR(MustExist(mount.host_path), "mount ", mount.container_path);
  if (is_bind && !has_bind) options.push_back("rbind");
  AddMount({{"destination", mount.container_path},
            {"type", is_bind ? "bind" : mount.type},
            {"source", mount.host_path},
            {"options", options}},
           config);
  return absl::OkStatus();
}

Status ApplyHook(const Hook& hook, Editor& config) {
  if (hook.name != "startContainer") TARE_RETURN_IF_ERROR(MustExist(hook.path), "hook ", hook.name);
  Output entry = {{"path", hook.path}};
  if (!hook.args.empty()) entry["args"] = hook.args;
  if (!hook.env.empty()) entry["env"] = hook.env;
  if (hook.timeout) entry["timeout"] = *hook.timeout;
  Append(absl::StrCat("/hooks/", hook.name), entry, config);
  return absl::OkStatus();
}

void ApplyRdt(const IntelRdt& rdt, Editor& config) {
  Output value = Output::object();
  if (!rdt.clos_id.empty()) value["closID"] = rdt.clos_id;
  if (!rdt.l3_cache_schema.empty()) value["l3CacheSchema"] = rdt.l3_cache_schema;
  if (!rdt.mem_bw_schema.empty()) value["memBwSchema"] = rdt.mem_bw_schema;
  if (!rdt.schemata.empty()) value["schemata"] = rdt.schemata;
  if (rdt.enable_monitoring) value["enableMonitoring"] = true;
  config.Set("/linux/intelRdt", Text(value));
}

void AddGroup(gid_t gid, Editor& config) {
  constexpr absl::string_view kGroups = "/process/user/additionalGids";
  if (gid == 0) return;
  for (size_t i = 0; i < config.Size(kGroups); ++i) {
    if (config.Integer(Element(kGroups, i)) == gid) return;
  }
  config.Set(absl::StrCat(kGroups, "/-"), gid);
}

// A config without a process is for `create` alone; there is nothing to set in it.
void ApplyToProcess(const Edits& edits, Editor& config) {
  if (!config.Has("/process")) return;
  for (const std::string& variable : edits.env) SetVariable(variable, config);
  for (gid_t gid : edits.additional_gids) AddGroup(gid, config);
}

}  // namespace

Status Apply(const Edits& edits, Nodes nodes, Editor& config) {
  ApplyToProcess(edits, config);
  for (const DeviceNode& node : edits.nodes) TARE_RETURN_IF_ERROR(ApplyNode(node, nodes, config));
  for (const Mount& mount : edits.mounts) TARE_RETURN_IF_ERROR(ApplyMount(mount, config));
  for (const Hook& hook : edits.hooks) TARE_RETURN_IF_ERROR(ApplyHook(hook, config));
  for (const NetDevice& device : edits.net_devices) {
    const std::string at = absl::StrCat("/linux/netDevices/", json::PointerToken(device.host_name));
    config.Set(at, Text({{"name", device.name}}));
  }
  if (edits.intel_rdt) ApplyRdt(*edits.intel_rdt, config);
  return absl::OkStatus();
}

Status AddNode(const PathDevice& device, Nodes nodes, Editor& config) {
  TARE_ASSIGN_OR_RETURN(const HostNode host, LookAtNode(device.host_path));
  if (nodes == Nodes::kBind) {
    BindNode(device.host_path, device.path, device.permissions, config);
    return absl::OkStatus();
  }
  SetNode({{"path", device.path},
           {"type", host.type},
           {"major", host.major},
           {"minor", host.minor},
           {"fileMode", host.permissions},
           {"uid", host.uid},
           {"gid", host.gid}},
          config);
  AllowAccess(host.type, host.major, host.minor, device.permissions, config);
  return absl::OkStatus();
}

}  // namespace tare::cdi
