#include "sandbox/config.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "json/writer.h"

namespace tare::sandbox {
namespace {

using json::Output;
using messages::NamespaceMode;

// When memory runs out, the kernel kills a pod's containers before its sandbox (containerd's default).
constexpr int kOomScore = -998;
// `pause` needs no CPU time: the smallest share that the kernel accepts.
constexpr int kCpuShares = 2;

const messages::NamespaceOption& Options(const Pod& pod) {
  return pod.config.linux.security_context.namespace_options;
}

bool HasNetwork(const Pod& pod) {
  return Options(pod).network != NamespaceMode::kNode;
}

bool HasUsers(const Pod& pod) {
  const auto& users = Options(pod).userns_options;
  return users && users->mode == NamespaceMode::kPod;
}

Output Namespace(const char* type, const std::string& path = "") {
  return path.empty() ? Output{{"type", type}} : Output{{"type", type}, {"path", path}};
}

// A pod in the host's network has the host's name, too.
Output Namespaces(const Pod& pod) {
  Output list = Output::array({Namespace("mount")});
  if (Options(pod).pid != NamespaceMode::kNode) list.push_back(Namespace("pid"));
  if (Options(pod).ipc != NamespaceMode::kNode) list.push_back(Namespace("ipc"));
  if (HasNetwork(pod)) {
    list.push_back(Namespace("network", pod.netns_path));
    list.push_back(Namespace("uts"));
  }
  if (HasUsers(pod)) list.push_back(Namespace("user", pod.userns_path));
  return list;
}

Output Mappings(const std::vector<messages::CriIdMapping>& mappings) {
  Output list = Output::array();
  for (const auto& [host, container, length] : mappings)
    list.push_back({{"containerID", container}, {"hostID", host}, {"size", length}});
  return list;
}

// As in containerd's configuration by default: a user without privileges may bind low ports and send pings.
// The group range must be mapped in the namespace's user namespace.
messages::StringMap Sysctls(const Pod& pod) {
  messages::StringMap sysctls = pod.config.linux.sysctls;
  if (!HasNetwork(pod)) return sysctls;
  sysctls.try_emplace("net.ipv4.ip_unprivileged_port_start", "0");
  if (!HasUsers(pod)) sysctls.try_emplace("net.ipv4.ping_group_range", "0 2147483647");
  return sysctls;
}

// A systemd slice has a scope below it, with the name that containerd gives.
std::string CgroupsPath(const Pod& pod) {
  const std::string& parent = pod.config.linux.cgroup_parent;
  if (parent.empty()) return absl::StrCat("/", pod.containerd_namespace, "/", pod.id);
  if (!absl::EndsWith(parent, ".slice")) return absl::StrCat(parent, "/", pod.id);
  return absl::StrCat(parent.substr(parent.rfind('/') + 1), ":cri-containerd:", pod.id);
}

// CRI's own annotations, by which NRI plugins and monitors recognise a pod.
messages::StringMap Annotations(const Pod& pod) {
  messages::StringMap annotations = pod.annotations;
  annotations.insert(pod.config.annotations.begin(), pod.config.annotations.end());
  const auto& metadata = pod.config.metadata;
  const std::string prefix = "io.kubernetes.cri.";
  annotations[prefix + "container-type"] = "sandbox";
  annotations[prefix + "sandbox-id"] = pod.id;
  if (metadata.name.empty()) return annotations;
  annotations[prefix + "sandbox-name"] = metadata.name;
  annotations[prefix + "sandbox-namespace"] = metadata.pod_namespace;
  annotations[prefix + "sandbox-uid"] = metadata.uid;
  annotations[prefix + "sandbox-log-directory"] = pod.config.log_directory;
  return annotations;
}

std::string Label(const messages::SeLinuxOption& label) {
  if (label.user.empty() || label.role.empty() || label.type.empty() || label.level.empty()) return "";
  return absl::StrCat(label.user, ":", label.role, ":", label.type, ":", label.level);
}

Output Process(const Pod& pod) {
  const auto& context = pod.config.linux.security_context;
  Output user = {{"uid", context.run_as_user ? context.run_as_user->value : 0},
                 {"gid", context.run_as_group ? context.run_as_group->value : 0}};
  if (!context.supplemental_groups.empty()) user["additionalGids"] = context.supplemental_groups;
  Output process = {{"user", std::move(user)},
                    {"args", {"/pause"}},
                    {"cwd", "/"},
                    {"noNewPrivileges", true},
                    {"oomScoreAdj", std::max(kOomScore, pod.lowest_oom_score)}};
  if (const std::string label = Label(context.selinux_options); !label.empty())
    process["selinuxLabel"] = label;
  return process;
}

Output Mount(const char* destination, const char* type, const std::vector<std::string>& options) {
  return {{"destination", destination}, {"type", type}, {"source", type}, {"options", options}};
}

Output Platform(const Pod& pod) {
  Output platform = {{"cgroupsPath", CgroupsPath(pod)},
                     {"namespaces", Namespaces(pod)},
                     {"resources",
                      {{"devices", Output::array({{{"allow", false}, {"access", "rwm"}}})},
                       {"cpu", {{"shares", kCpuShares}}}}}};
  if (const messages::StringMap sysctls = Sysctls(pod); !sysctls.empty()) platform["sysctl"] = sysctls;
  if (HasUsers(pod) && pod.userns_path.empty()) {
    platform["uidMappings"] = Mappings(Options(pod).userns_options->uids);
    platform["gidMappings"] = Mappings(Options(pod).userns_options->gids);
  }
  return platform;
}

}  // namespace

std::string ConfigDocument(const Pod& pod) {
  Output config = {{"ociVersion", "1.0.2"},
                   {"process", Process(pod)},
                   {"root", {{"path", "rootfs"}, {"readonly", true}}},
                   {"mounts",
                    {Mount("/proc", "proc", {"nosuid", "noexec", "nodev"}),
                     Mount("/dev", "tmpfs", {"nosuid", "noexec", "mode=755", "size=64k"})}},
                   {"linux", Platform(pod)},
                   {"annotations", Annotations(pod)}};
  if (HasNetwork(pod) && !pod.config.hostname.empty()) config["hostname"] = pod.config.hostname;
  return json::OneLine(config);
}

}  // namespace tare::sandbox
