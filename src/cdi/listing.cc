#include "cdi/listing.h"

#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/columns.h"
#include "cdi/host_node.h"
#include "kernel/file.h"

namespace tare::cdi {
namespace {

using json::Output;

// The members of a device with what is added, and their names for people.
constexpr std::pair<const char*, const char*> kParts[] = {
    {"deviceNodes", "node"}, {"mounts", "mount"},         {"hooks", "hook"},
    {"env", "variable"},     {"netDevices", "interface"}, {"additionalGids", "group"},
};

bool Exists(const std::string& path) {
  return kernel::Exists(AT_FDCWD, path).value_or(false);
}

// A path that several of its edits need is listed once.
void Lack(const std::string& path, Output& device) {
  Output& missing = device["missing"];
  if (std::find(missing.begin(), missing.end(), path) == missing.end()) missing.push_back(path);
}

void AddNode(const DeviceNode& node, Output& device) {
  const std::string& host_path = node.host_path.empty() ? node.path : node.host_path;
  const bool exists = LookAtNode(host_path).ok();
  device["deviceNodes"].push_back({{"path", node.path}, {"hostPath", host_path}, {"exists", exists}});
  if (!exists) Lack(host_path, device);
}

void AddMount(const Mount& mount, Output& device) {
  device["mounts"].push_back({{"hostPath", mount.host_path}, {"containerPath", mount.container_path}});
  if (mount.host_path[0] == '/' && !Exists(mount.host_path)) Lack(mount.host_path, device);
}

void AddHook(const Hook& hook, Output& device) {
  device["hooks"].push_back({{"hookName", hook.name}, {"path", hook.path}});
  if (hook.name != "startContainer" && !Exists(hook.path)) Lack(hook.path, device);
}

void AddEdits(const Edits& edits, Output& device) {
  for (const DeviceNode& node : edits.nodes) AddNode(node, device);
  for (const Mount& mount : edits.mounts) AddMount(mount, device);
  for (const Hook& hook : edits.hooks) AddHook(hook, device);
  for (const std::string& variable : edits.env) device["env"].push_back(variable);
  for (const NetDevice& net : edits.net_devices)
    device["netDevices"].push_back({{"hostInterfaceName", net.host_name}, {"name", net.name}});
  for (gid_t gid : edits.additional_gids) device["additionalGids"].push_back(gid);
  if (edits.intel_rdt) device["intelRdt"] = true;
}

Output DeviceObject(const std::string& name, const std::vector<Entry>& entries) {
  const Entry& used = entries.back();
  Output device = {{"name", name}, {"kind", used.file->spec.kind}, {"file", used.file->path}};
  for (const Entry& other : entries) {
    if (other.file == used.file) continue;
    const bool conflicts = other.file->priority == used.file->priority;
    device[conflicts ? "conflictsWith" : "overrides"].push_back(other.file->path);
  }
  for (const auto& [member, noun] : kParts) device[member] = Output::array();
  device["intelRdt"] = false;
  device["missing"] = Output::array();
  AddEdits(used.file->spec.edits, device);
  AddEdits(used.device->edits, device);
  return device;
}

std::string AddsOf(const Output& device) {
  std::vector<std::string> adds;
  for (const auto& [member, noun] : kParts) {
    const size_t count = device[member].size();
    if (count > 0) adds.push_back(absl::StrCat(count, " ", noun, count == 1 ? "" : "s"));
  }
  if (device["intelRdt"].get<bool>()) adds.push_back("resctrl");
  return adds.empty() ? "nothing" : absl::StrJoin(adds, ", ");
}

std::string Joined(const Output& list) {
  return absl::StrJoin(list.get<std::vector<std::string>>(), ", ");
}

std::string StateOf(const Output& device) {
  if (device.contains("conflictsWith"))
    return absl::StrCat("conflicts with ", Joined(device["conflictsWith"]));
  return device["missing"].empty() ? "ok" : absl::StrCat("missing: ", Joined(device["missing"]));
}

}  // namespace

Output DevicesDocument(const Registry& registry) {
  Output devices = Output::array();
  for (const auto& [name, entries] : registry.devices()) devices.push_back(DeviceObject(name, entries));
  return devices;
}

std::string DevicesTable(const Output& document) {
  std::vector<Row> rows = {{"NAME", "ADDS", "FILE", "STATE"}};
  for (const Output& device : document)
    rows.push_back({device["name"], AddsOf(device), device["file"], StateOf(device)});
  return Columns(rows, 0, 2);
}

}  // namespace tare::cdi
