#include "spec/rules.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "spec/rule_set.h"

namespace tare::spec {
namespace {

bool Contains(const std::vector<std::string>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// config.md, "mounts": uidMappings and gidMappings must be given together. `idmap` requires them, or a user
// namespace whose mappings are used instead.
void CheckIdMap(const Mount& mount, bool may_use_namespace, const std::string& at, Faults& faults) {
  if (mount.uid_mappings.empty() != mount.gid_mappings.empty()) {
    return faults.Broken(at, "needs both uidMappings and gidMappings, or neither");
  }
  const bool wants_id_map = Contains(mount.options, "idmap") || Contains(mount.options, "ridmap");
  if (wants_id_map && mount.uid_mappings.empty() && !may_use_namespace) {
    return faults.Broken(at, "an idmap mount needs uidMappings and gidMappings, or a user namespace");
  }
}

void CheckMounts(const std::vector<Mount>& mounts, bool may_use_namespace, absl::string_view at,
                 Faults& faults) {
  for (size_t i = 0; i < mounts.size(); ++i) {
    CheckIdMap(mounts[i], may_use_namespace, absl::StrCat(at, "/", i), faults);
  }
}

// The number of nodes in a list such as "0-3,7".
uint64_t CountNodes(const std::string& list) {
  uint64_t count = 0;
  for (absl::string_view part : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(part, absl::MaxSplits('-', 1));
    uint64_t first = 0;
    uint64_t last = 0;
    const bool range = absl::SimpleAtoi(ends.first, &first) && absl::SimpleAtoi(ends.second, &last);
    count += range && last >= first ? last - first + 1 : 1;
  }
  return count;
}

void CheckMemoryPolicy(const MemoryPolicy& policy, Faults& faults) {
  constexpr int kDefault = 0, kPreferred = 1, kLocal = 4;  // MPOL_*
  constexpr unsigned kRelativeAndStatic = 3u << 14;        // MPOL_F_RELATIVE_NODES | MPOL_F_STATIC_NODES
  const std::string at = "/linux/memoryPolicy";
  if (!faults.Sound(at)) return;
  if (policy.mode == kDefault || policy.mode == kLocal) {
    if (!policy.nodes.empty())
      faults.Broken(at + "/nodes", policy.mode == kDefault ? "MPOL_DEFAULT" : "MPOL_LOCAL",
                    " mode requires 0 nodes but got ", CountNodes(policy.nodes));
  } else if (policy.mode != kPreferred && policy.nodes.empty()) {
    faults.Broken(at + "/nodes", "this mode needs nodes");
  }
  if ((policy.flags & kRelativeAndStatic) == kRelativeAndStatic) {
    faults.Broken(at + "/flags", "MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
  }
}

void CheckLinux(const Config& config, Faults& faults) {
  const Linux& platform = config.platform;
  CheckSysctls(config, faults);
  if (platform.resources) CheckResources(*platform.resources, "/linux/resources", faults);
  if (platform.memory_policy) CheckMemoryPolicy(*platform.memory_policy, faults);
  if (platform.seccomp) CheckSeccomp(*platform.seccomp, "/linux/seccomp", faults);
}

void CheckConfig(const Config& config, Faults& faults) {
  CheckNamespaces(config, faults);
  const bool may_use_namespace = HasNamespace(config, NamespaceType::kUser) || !faults.Sound(kNamespaces);
  CheckMounts(config.mounts, may_use_namespace, "/mounts", faults);
  if (config.process) CheckProcess(*config.process, "/process", faults);
  CheckLinux(config, faults);
}

// The first of the faults in the document `name`.
Status FirstOf(const Faults& faults, absl::string_view name) {
  if (faults.all().empty()) return absl::OkStatus();
  const Fault& first = faults.all().front();
  return InvalidError(name, ": ", first.pointer, ": ", first.what);
}

}  // namespace

void CheckSeccomp(const Seccomp& seccomp, const std::string& at, Faults& faults) {
  constexpr char kNotify[] = "SCMP_ACT_NOTIFY";
  // The runtime itself calls execve under the filter, before anything listens.
  if (seccomp.default_action == kNotify) {
    faults.Broken(at + "/defaultAction", kNotify, " cannot be used as default action");
  }
  const bool needs_listener = seccomp.listener_path.empty() && faults.Sound(at + "/listenerPath");
  for (size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    const SeccompRule& rule = seccomp.syscalls[i];
    if (rule.action != kNotify) continue;
    const std::string pointer = absl::StrCat(at, "/syscalls/", i);
    if (needs_listener) faults.Broken(pointer + "/action", kNotify, " needs a listenerPath");
    // The runtime sends the listener with sendmsg, but it reports later errors with write.
    if (Contains(rule.names, "write"))
      faults.Broken(pointer + "/names", kNotify, " cannot be used for the write syscall");
  }
}

Status Check(const Config& config) {
  Faults faults;
  CheckConfig(config, faults);
  return FirstOf(faults, "config.json");
}

Status Check(const Process& process) {
  Faults faults;
  CheckProcess(process, "", faults);
  return FirstOf(faults, "process");
}

Status Check(const std::vector<Mount>& mounts, bool has_user_namespace) {
  Faults faults;
  CheckMounts(mounts, has_user_namespace, "", faults);
  return FirstOf(faults, "mounts");
}

Status Check(const Resources& resources) {
  Faults faults;
  CheckResources(resources, "", faults);
  return FirstOf(faults, "resources");
}

std::vector<Fault> FaultsOf(const Config& config, const std::vector<std::string>& unread) {
  Faults faults(unread);
  CheckConfig(config, faults);
  return faults.all();
}

}  // namespace tare::spec
