#include <net/if.h>

#include <algorithm>
#include <bitset>

#include "absl/strings/ascii.h"
#include "spec/names.h"
#include "spec/rule_set.h"

namespace tare::spec {
namespace {

constexpr char kNetDevices[] = "/linux/netDevices";

const Namespace* Find(const Config& config, NamespaceType type) {
  const std::vector<Namespace>& all = config.platform.namespaces;
  auto found = std::find_if(all.begin(), all.end(), [&](const Namespace& ns) { return ns.type == type; });
  return found == all.end() ? nullptr : &*found;
}

bool HasNewNamespace(const Config& config, NamespaceType type) {
  const Namespace* found = Find(config, type);
  return found && found->path.empty();
}

void CheckNoDuplicates(const Config& config, Faults& faults) {
  std::bitset<kNamespaceTypes> seen;
  const std::vector<Namespace>& all = config.platform.namespaces;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto bit = static_cast<size_t>(all[i].type);
    if (seen[bit]) {
      faults.Broken(absl::StrCat(kNamespaces, "/", i), "the ", NamespaceName(all[i].type),
                    " namespace is listed more than once");
    }
    seen.set(bit);
  }
}

void CheckUser(const Config& config, Faults& faults) {
  const Linux& platform = config.platform;
  const bool has_uids = !platform.uid_mappings.empty();
  const bool has_gids = !platform.gid_mappings.empty();
  // Without a user namespace, the parser has warned that mappings are ignored. A joined namespace has its
  // mappings already. Podman gives them nevertheless, so they are not an error.
  if (!HasNewNamespace(config, NamespaceType::kUser)) return;
  if (!has_uids) faults.Broken("/linux/uidMappings", "a new user namespace needs mappings");
  if (!has_gids) faults.Broken("/linux/gidMappings", "a new user namespace needs mappings");
}

void CheckUts(const Config& config, Faults& faults) {
  if (HasNamespace(config, NamespaceType::kUts)) return;
  if (!config.hostname.empty()) faults.Broken("/hostname", "needs a uts namespace, new or joined");
  if (!config.domainname.empty()) faults.Broken("/domainname", "needs a uts namespace, new or joined");
}

void CheckMount(const Config& config, Faults& faults) {
  if (HasNamespace(config, NamespaceType::kMount)) return;
  const Linux& platform = config.platform;
  if (!platform.masked_paths.empty()) faults.Broken("/linux/maskedPaths", "needs a mount namespace");
  if (!platform.readonly_paths.empty()) faults.Broken("/linux/readonlyPaths", "needs a mount namespace");
}

// The offsets can only be written before the first process enters the namespace, so not if it
// is joined (time_namespaces(7)).
void CheckTime(const Config& config, Faults& faults) {
  if (config.platform.time_offsets.empty() || HasNewNamespace(config, NamespaceType::kTime)) return;
  faults.Broken("/linux/timeOffsets", "needs a new time namespace");
}

// As dev_valid_name() in the kernel's net/core/dev.c.
bool IsDeviceName(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(),
                      [](unsigned char c) { return c == '/' || c == ':' || absl::ascii_isspace(c); });
}

void CheckNetwork(const Config& config, Faults& faults) {
  if (config.platform.net_devices.empty() || HasNamespace(config, NamespaceType::kNetwork)) return;
  faults.Broken(kNetDevices, "needs a network namespace, new or joined");
}

void CheckNetDevices(const Config& config, Faults& faults) {
  for (const auto& [host_name, device] : config.platform.net_devices) {
    if (!IsDeviceName(host_name)) {
      faults.BrokenMember(kNetDevices, host_name, "\"", host_name, "\" is not a valid network device name");
    }
    if (!device.name.empty() && !IsDeviceName(device.name)) {
      faults.Broken(absl::StrCat(kNetDevices, "/", host_name, "/name"), "\"", device.name,
                    "\" is not a valid network device name");
    }
  }
}

}  // namespace

bool HasNamespace(const Config& config, NamespaceType type) {
  return Find(config, type) != nullptr;
}

void CheckNamespaces(const Config& config, Faults& faults) {
  if (faults.Sound(kNamespaces)) {
    for (auto check : {CheckNoDuplicates, CheckUser, CheckUts, CheckMount, CheckTime, CheckNetwork})
      check(config, faults);
  }
  CheckNetDevices(config, faults);
}

}  // namespace tare::spec
