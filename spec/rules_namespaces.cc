#include <net/if.h>

#include <algorithm>
#include <bitset>

#include "absl/strings/ascii.h"
#include "spec/names.h"
#include "spec/rule_set.h"

namespace tare::spec {
namespace {

const Namespace* Find(const Config& config, NamespaceType type) {
  const std::vector<Namespace>& all = config.platform.namespaces;
  auto found = std::find_if(all.begin(), all.end(), [&](const Namespace& ns) { return ns.type == type; });
  return found == all.end() ? nullptr : &*found;
}

bool HasNewNamespace(const Config& config, NamespaceType type) {
  const Namespace* found = Find(config, type);
  return found && found->path.empty();
}

Status CheckNoDuplicates(const Config& config) {
  std::bitset<kNamespaceTypes> seen;
  const std::vector<Namespace>& all = config.platform.namespaces;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto bit = static_cast<size_t>(all[i].type);
    if (seen[bit]) {
      return Broken(absl::StrCat("/linux/namespaces/", i), "the ", NamespaceName(all[i].type),
                    " namespace is listed more than once");
    }
    seen.set(bit);
  }
  return absl::OkStatus();
}

Status CheckUser(const Config& config) {
  const Linux& platform = config.platform;
  const bool has_uids = !platform.uid_mappings.empty();
  const bool has_gids = !platform.gid_mappings.empty();
  if (!HasNamespace(config, NamespaceType::kUser)) {
    return absl::OkStatus();  // the parser has warned that mappings without it are ignored
  }
  // A joined namespace has its mappings already. Podman gives them nevertheless, so they are not an error.
  if (!HasNewNamespace(config, NamespaceType::kUser)) return absl::OkStatus();
  if (!has_uids) return Broken("/linux/uidMappings", "a new user namespace needs mappings");
  if (!has_gids) return Broken("/linux/gidMappings", "a new user namespace needs mappings");
  return absl::OkStatus();
}

Status CheckUts(const Config& config) {
  if (HasNamespace(config, NamespaceType::kUts)) return absl::OkStatus();
  if (!config.hostname.empty()) return Broken("/hostname", "needs a uts namespace, new or joined");
  if (!config.domainname.empty()) return Broken("/domainname", "needs a uts namespace, new or joined");
  return absl::OkStatus();
}

Status CheckMount(const Config& config) {
  if (HasNamespace(config, NamespaceType::kMount)) return absl::OkStatus();
  const Linux& platform = config.platform;
  if (!platform.masked_paths.empty()) return Broken("/linux/maskedPaths", "needs a mount namespace");
  if (!platform.readonly_paths.empty()) return Broken("/linux/readonlyPaths", "needs a mount namespace");
  return absl::OkStatus();
}

// The offsets can only be written before the first process enters the namespace, so not if it
// is joined (time_namespaces(7)).
Status CheckTime(const Config& config) {
  if (config.platform.time_offsets.empty() || HasNewNamespace(config, NamespaceType::kTime)) {
    return absl::OkStatus();
  }
  return Broken("/linux/timeOffsets", "needs a new time namespace");
}

// As dev_valid_name() in the kernel's net/core/dev.c.
bool IsDeviceName(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(),
                      [](unsigned char c) { return c == '/' || c == ':' || absl::ascii_isspace(c); });
}

Status CheckNetwork(const Config& config) {
  const std::map<std::string, NetDevice>& devices = config.platform.net_devices;
  if (!devices.empty() && !HasNamespace(config, NamespaceType::kNetwork)) {
    return Broken("/linux/netDevices", "needs a network namespace, new or joined");
  }
  for (const auto& [host_name, device] : devices) {
    if (!IsDeviceName(host_name)) {
      return Broken("/linux/netDevices", "\"", host_name, "\" is not a valid network device name");
    }
    if (!device.name.empty() && !IsDeviceName(device.name)) {
      return Broken(absl::StrCat("/linux/netDevices/", host_name, "/name"), "\"", device.name,
                    "\" is not a valid network device name");
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool HasNamespace(const Config& config, NamespaceType type) {
  return Find(config, type) != nullptr;
}

Status CheckNamespaces(const Config& config) {
  for (auto check : {CheckNoDuplicates, CheckUser, CheckUts, CheckMount, CheckTime, CheckNetwork}) {
    TARE_RETURN_IF_ERROR(check(config));
  }
  return absl::OkStatus();
}

}  // namespace tare::spec
