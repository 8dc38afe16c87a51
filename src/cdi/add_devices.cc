#include "cdi/add_devices.h"

#include <unistd.h>

#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "cdi/edit_config.h"
#include "cdi/names.h"
#include "cdi/registry.h"
#include "kernel/file.h"

namespace tare::cdi {
namespace {

class Addition {
 public:
  Addition(const Wanted& wanted, json::Editor& config) : wanted_(wanted), config_(config) {}

  Status Add(const std::string& device) {
    return absl::StartsWith(device, "/") ? AddByPath(device) : AddByName(device);
  }

 private:
  Status AddByPath(const std::string& text) {
    TARE_ASSIGN_OR_RETURN(const PathDevice device, ParsePathDevice(text));
    TARE_ASSIGN_OR_RETURN(const std::vector<PathDevice> nodes, Expand(device));
    for (const PathDevice& node : nodes) TARE_RETURN_IF_ERROR(AddNode(node, wanted_.nodes, config_));
    return absl::OkStatus();
  }

  Status AddByName(const std::string& text) {
    TARE_ASSIGN_OR_RETURN(const QualifiedName name, ParseQualifiedName(text));
    TARE_ASSIGN_OR_RETURN(const Entry entry, registry().Find(name));
    if (!devices_.insert(entry.device).second) return absl::OkStatus();
    const std::string& path = entry.file->path;
    if (specs_.insert(entry.file).second)
      TARE_RETURN_IF_ERROR(Apply(entry.file->spec.edits, wanted_.nodes, config_), path, ": /containerEdits");
    return Annotate(Apply(entry.device->edits, wanted_.nodes, config_), path, ": ", name.name);
  }

  const Registry& registry() {
    if (!registry_)
      registry_ = Registry::Load(wanted_.directories.empty() ? DefaultDirectories() : wanted_.directories);
    return *registry_;
  }

  const Wanted& wanted_;
  json::Editor& config_;
  std::optional<Registry> registry_;
  std::set<const Device*> devices_;
  std::set<const File*> specs_;
};

}  // namespace

Nodes NodesOfCaller() {
  if (geteuid() != 0) return Nodes::kBind;
  const std::string map = kernel::ReadFile("/proc/self/uid_map").value_or("");
  const std::vector<absl::string_view> fields =
      absl::StrSplit(map, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  const bool is_initial = fields == std::vector<absl::string_view>{"0", "0", "4294967295"};
  return is_initial ? Nodes::kMake : Nodes::kBind;
}

Status AddDevices(const Wanted& wanted, json::Editor& config) {
  Addition addition(wanted, config);
  for (const std::string& device : wanted.devices)
    TARE_RETURN_IF_ERROR(addition.Add(device), "--device ", device);
  return absl::OkStatus();
}

}  // namespace tare::cdi
