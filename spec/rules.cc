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
Status CheckIdMap(const Mount& mount, bool has_user_namespace, const std::string& at) {
  if (mount.uid_mappings.empty() != mount.gid_mappings.empty()) {
    return Broken(at, "needs both uidMappings and gidMappings, or neither");
  }
  const bool wants_id_map = Contains(mount.options, "idmap") || Contains(mount.options, "ridmap");
  if (wants_id_map && mount.uid_mappings.empty() && !has_user_namespace) {
    return Broken(at, "an idmap mount needs uidMappings and gidMappings, or a user namespace");
  }
  return absl::OkStatus();
}

Status CheckMounts(const std::vector<Mount>& mounts, bool has_user_namespace, absl::string_view at) {
  for (size_t i = 0; i < mounts.size(); ++i) {
    TARE_RETURN_IF_ERROR(CheckIdMap(mounts[i], has_user_namespace, absl::StrCat(at, "/", i)));
  }
  return absl::OkStatus();
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

Status CheckMemoryPolicy(const MemoryPolicy& policy) {
  constexpr int kDefault = 0, kPreferred = 1, kLocal = 4;  // MPOL_*
  constexpr unsigned kRelativeAndStatic = 3u << 14;        // MPOL_F_RELATIVE_NODES | MPOL_F_STATIC_NODES
  const std::string at = "/linux/memoryPolicy";
  if (policy.mode == kDefault || policy.mode == kLocal) {
    if (!policy.nodes.empty())
      return Broken(at + "/nodes", policy.mode == kDefault ? "MPOL_DEFAULT" : "MPOL_LOCAL",
                    " mode requires 0 nodes but got ", CountNodes(policy.nodes));
  } else if (policy.mode != kPreferred && policy.nodes.empty()) {
    return Broken(at + "/nodes", "this mode needs nodes");
  }
  if ((policy.flags & kRelativeAndStatic) == kRelativeAndStatic) {
    return Broken(at + "/flags", "MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
  }
  return absl::OkStatus();
}

Status CheckLinux(const Config& config) {
  const Linux& platform = config.platform;
  TARE_RETURN_IF_ERROR(CheckSysctls(config));
  if (platform.resources) TARE_RETURN_IF_ERROR(CheckResources(*platform.resources, "/linux/resources"));
  if (platform.memory_policy) TARE_RETURN_IF_ERROR(CheckMemoryPolicy(*platform.memory_policy));
  if (platform.seccomp) TARE_RETURN_IF_ERROR(CheckSeccomp(*platform.seccomp, "/linux/seccomp"));
  return absl::OkStatus();
}

Status CheckConfig(const Config& config) {
  TARE_RETURN_IF_ERROR(CheckNamespaces(config));
  TARE_RETURN_IF_ERROR(CheckMounts(config.mounts, HasNamespace(config, NamespaceType::kUser), "/mounts"));
  if (config.process) TARE_RETURN_IF_ERROR(CheckProcess(*config.process, "/process"));
  return CheckLinux(config);
}

}  // namespace

Status CheckSeccomp(const Seccomp& seccomp, absl::string_view at) {
  constexpr char kNotify[] = "SCMP_ACT_NOTIFY";
  // The runtime itself calls execve under the filter, before anything listens.
  if (seccomp.default_action == kNotify) {
    return Broken(absl::StrCat(at, "/defaultAction"), kNotify, " cannot be used as default action");
  }
  for (size_t i = 0; i < seccomp.syscalls.size(); ++i) {
    const SeccompRule& rule = seccomp.syscalls[i];
    if (rule.action != kNotify) continue;
    const std::string pointer = absl::StrCat(at, "/syscalls/", i);
    if (seccomp.listener_path.empty()) return Broken(pointer + "/action", kNotify, " needs a listenerPath");
    // The runtime sends the listener with sendmsg, but it reports later errors with write.
    if (Contains(rule.names, "write"))
      return Broken(pointer + "/names", kNotify, " cannot be used for the write syscall");
  }
  return absl::OkStatus();
}

Status Check(const Config& config) {
  return Annotate(CheckConfig(config), "config.json");
}

Status Check(const Process& process) {
  return Annotate(CheckProcess(process, ""), "process");
}

Status Check(const std::vector<Mount>& mounts, bool has_user_namespace) {
  return Annotate(CheckMounts(mounts, has_user_namespace, ""), "mounts");
}

Status Check(const Resources& resources) {
  return Annotate(CheckResources(resources, ""), "resources");
}

}  // namespace tare::spec
