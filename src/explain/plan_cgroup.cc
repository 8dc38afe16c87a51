#include <variant>

#include "absl/strings/strip.h"
#include "cgroup/device_rules.h"
#include "cgroup/limits.h"
#include "cgroup/v1/translate.h"
#include "cgroup/v2/translate.h"
#include "explain/plan_sections.h"
#include "systemd/annotations.h"
#include "systemd/current_limits.h"
#include "systemd/properties.h"

namespace tare::explain {
namespace {

using cgroup::Manager;
using cgroup::Write;
using json::Output;

// What the files of a new v2 cgroup contain.
constexpr char kNewCpuMax[] = "max 100000";

StatusOr<std::vector<Write>> WritesOf(const spec::Resources& resources, bool unified) {
  if (unified) return cgroup::v2::Translate(resources, /*update=*/false, {.cpu_max = kNewCpuMax});
  TARE_ASSIGN_OR_RETURN(std::vector<Write> writes, cgroup::v1::Translate(resources, /*update=*/false));
  TARE_ASSIGN_OR_RETURN(const std::vector<Write> devices,
                        cgroup::v1::TranslateDevices(cgroup::CompletePolicy(resources.devices)));
  writes.insert(writes.end(), devices.begin(), devices.end());
  return writes;
}

// The container's directory for the controller of `file`; "" if the machine has none.
std::string DirectoryOf(const Manager& manager, const std::string& file) {
  const auto found = manager.paths().find(manager.unified() ? "" : std::string(cgroup::ControllerOf(file)));
  return found == manager.paths().end() ? "" : found->second;
}

Output ObjectOf(const Manager& manager, const Write& write) {
  const std::string directory = DirectoryOf(manager, write.file);
  Output object = {{"file", directory.empty() ? write.file : absl::StrCat(directory, "/", write.file)},
                   {"value", write.value}};
  if (directory.empty()) object["unavailable"] = true;
  if (write.missing == cgroup::Missing::kIgnore && write.other_file.empty()) object["optional"] = true;
  if (!write.other_file.empty())
    object["otherwise"] = {{"file", absl::StrCat(directory, "/", write.other_file)},
                           {"value", write.other_value}};
  return object;
}

// The rules of the program that decides on v2; the last that matches counts.
Output DevicesOf(const cgroup::DevicePolicy& policy) {
  Output rules = Output::array();
  for (const spec::DeviceRule& rule : policy.rules) {
    Output object = {{"allow", rule.allow}, {"type", std::string(1, rule.type)}};
    if (rule.major) object["major"] = *rule.major;
    if (rule.minor) object["minor"] = *rule.minor;
    object["access"] = rule.access.empty() ? "rwm" : rule.access;
    rules.push_back(object);
  }
  return {{"allowOthers", policy.allow}, {"rules", rules}};
}

Output ValueOf(const dbus::Property& property) {
  return std::visit([](const auto& value) { return Output(value); }, property.value);
}

StatusOr<Output> UnitOf(const lifecycle::Blueprint& blueprint, const spec::Resources& resources) {
  const std::string path = blueprint.cgroup->paths().begin()->second;
  const size_t name = path.rfind('/');
  const size_t slice = path.rfind('/', name - 1);
  Output unit = {{"name", path.substr(name + 1)}, {"slice", path.substr(slice + 1, name - slice - 1)}};
  const auto files = blueprint.cgroup->unified() ? systemd::Files::kV2 : systemd::Files::kV1;
  TARE_ASSIGN_OR_RETURN(std::vector<dbus::Property> properties,
                        systemd::PropertiesOf(blueprint.config().annotations));
  TARE_ASSIGN_OR_RETURN(
      const std::vector<dbus::Property> limits,
      systemd::PropertiesOf(systemd::Complete(resources, systemd::CurrentLimits{}), /*update=*/false, files),
      "linux.resources");
  properties.insert(properties.end(), limits.begin(), limits.end());
  unit["properties"] = Output::object();
  for (const dbus::Property& property : properties) unit["properties"][property.name] = ValueOf(property);
  return unit;
}

}  // namespace

StatusOr<Output> CgroupSection(const lifecycle::Blueprint& blueprint) {
  Manager& manager = *blueprint.cgroup;
  const spec::Resources given = blueprint.config().platform.resources.value_or(spec::Resources{});
  TARE_RETURN_IF_ERROR(manager.Check(given, /*update=*/false));
  const spec::Resources resources = cgroup::WithoutIdleWeight(given).value_or(given);
  Output section = {{"driver", blueprint.systemd_cgroup ? "systemd" : "cgroupfs"},
                    {"version", manager.unified() ? 2 : 1},
                    {"paths", Output::object()},
                    {"values", Output::array()}};
  for (const auto& [controller, path] : manager.paths()) section["paths"][controller] = path;
  if (manager.paths().empty()) return section;
  TARE_ASSIGN_OR_RETURN(const std::vector<Write> writes, WritesOf(resources, manager.unified()),
                        "linux.resources");
  for (const Write& write : writes) section["values"].push_back(ObjectOf(manager, write));
  if (manager.unified()) section["devices"] = DevicesOf(cgroup::CompletePolicy(resources.devices));
  if (blueprint.systemd_cgroup) {
    TARE_ASSIGN_OR_RETURN(section["unit"], UnitOf(blueprint, resources));
  }
  return section;
}

}  // namespace tare::explain
