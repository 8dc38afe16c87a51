#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "spec/rule_set.h"

namespace tare::spec {
namespace {

constexpr std::array<absl::string_view, 8> kIpcSysctls = {
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
    "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};

// sysctl.d(5): the one of '.' and '/' that comes first is the separator; the other one can be part of a name
// ("net/ipv4/conf/eth0.100/forwarding" is "net.ipv4.conf.eth0/100.forwarding").
std::vector<std::string> Components(const std::string& key) {
  const size_t first = key.find_first_of("./");
  const char separator = first == key.npos ? '.' : key[first];
  std::vector<std::string> components = absl::StrSplit(key, separator);
  for (std::string& component : components) {
    std::replace(component.begin(), component.end(), '/', '.');
  }
  return components;
}

// "net/../kernel/core_pattern" must not be taken for a sysctl of the network namespace.
bool LeavesItsDirectory(const std::vector<std::string>& components) {
  return std::any_of(components.begin(), components.end(),
                     [](const std::string& name) { return name.empty() || name == "." || name == ".."; });
}

bool IsIpc(absl::string_view name) {
  return std::find(kIpcSysctls.begin(), kIpcSysctls.end(), name) != kIpcSysctls.end() ||
         absl::StartsWith(name, "fs.mqueue.");
}

// Allows only sysctls that belong to a namespace of the container; all others are the host's.
void CheckSysctl(const Config& config, const std::string& key, Faults& faults) {
  const auto broken = [&](const auto&... what) { faults.BrokenMember("/linux/sysctl", key, what...); };
  const std::vector<std::string> components = Components(key);
  if (LeavesItsDirectory(components)) return broken("\"", key, "\" is not a valid sysctl name");
  const std::string name = absl::StrJoin(components, ".");
  if (IsIpc(name)) {
    if (HasNamespace(config, NamespaceType::kIpc)) return;
    return broken("sysctl \"", key, "\" needs an ipc namespace");
  }
  if (components.front() == "net") {
    if (HasNamespace(config, NamespaceType::kNetwork)) return;
    return broken("sysctl \"", key, "\" needs a network namespace");
  }
  if (name == "kernel.hostname") return broken("sysctl \"", key, "\": set the hostname property instead");
  if (name == "kernel.domainname" && HasNamespace(config, NamespaceType::kUts)) {
    const std::string& domain = config.domainname;
    if (domain.empty() || domain == config.platform.sysctl.at(key)) return;
    return broken("sysctl \"", key, "\" is not allowed as it conflicts with the OCI \"domainname\" field, \"",
                  domain, "\"");
  }
  return broken("sysctl \"", key, "\" is not in a separate kernel namespace");
}

}  // namespace

void CheckSysctls(const Config& config, Faults& faults) {
  if (!faults.Sound(kNamespaces)) return;
  for (const auto& [key, value] : config.platform.sysctl) CheckSysctl(config, key, faults);
}

}  // namespace tare::spec
