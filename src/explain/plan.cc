#include "explain/plan.h"

#include <algorithm>

#include "connect/connect.h"
#include "container/store.h"
#include "explain/plan_sections.h"
#include "lifecycle/create/blueprint.h"
#include "namespaces/types.h"
#include "spec/names.h"

namespace tare::explain {
namespace {

using json::Output;

const namespaces::Joined* FindJoined(const namespaces::Plan& plan, spec::NamespaceType type) {
  for (const auto* joined : {&plan.around_clone, &plan.in_child}) {
    const auto found = std::ranges::find(*joined, type, &namespaces::Joined::type);
    if (found != joined->end()) return &*found;
  }
  return nullptr;
}

bool IsNew(const namespaces::Plan& plan, spec::NamespaceType type) {
  if (((plan.clone | plan.in_joined_user) & namespaces::CloneFlag(type)) != 0) return true;
  return (type == spec::NamespaceType::kIpc && plan.ipc_inside) ||
         (type == spec::NamespaceType::kCgroup && plan.new_cgroup) ||
         (type == spec::NamespaceType::kTime && plan.new_time);
}

Output MappingsOf(const std::vector<spec::IdMapping>& mappings) {
  Output list = Output::array();
  for (const spec::IdMapping& one : mappings)
    list.push_back({{"containerID", one.container_id}, {"hostID", one.host_id}, {"size", one.size}});
  return list;
}

Output HooksSection(const spec::Hooks& hooks) {
  Output section = Output::object();
  const std::vector<spec::Hook>* kinds[] = {&hooks.prestart,         &hooks.create_runtime,
                                            &hooks.create_container, &hooks.start_container,
                                            &hooks.poststart,        &hooks.poststop};
  for (size_t i = 0; i < spec::kHookNames.size(); ++i)
    for (const spec::Hook& hook : *kinds[i])
      section[std::string(spec::kHookNames[i])].push_back({{"path", hook.path}, {"args", hook.args}});
  return section;
}

Output NetworksSection(const connect::Networks& networks) {
  Output section = Output::array();
  for (const container::Network& network : connect::PlannedNetworks(networks))
    section.push_back({{"name", network.name}});
  for (size_t i = 0; i < networks.request.attachments.size(); ++i) {
    const cni::Attachment& attachment = networks.request.attachments[i];
    if (!attachment.interface.empty()) section[i]["interface"] = attachment.interface;
    if (!attachment.ips.empty()) section[i]["ips"] = attachment.ips;
    if (!attachment.mac.empty()) section[i]["mac"] = attachment.mac;
  }
  for (const cni::PortMapping& port : networks.request.ports)
    section[0]["ports"].push_back(connect::PortText(port));
  return section;
}

// What is set inside the namespaces.
void AddSettings(const lifecycle::Blueprint& blueprint, Output& document) {
  const spec::Config& config = blueprint.config();
  const spec::Linux& platform = config.platform;
  if (!config.hostname.empty()) document["hostname"] = config.hostname;
  if (!config.domainname.empty()) document["domainname"] = config.domainname;
  if (!platform.sysctl.empty()) document["sysctl"] = platform.sysctl;
  for (const auto& [name, offset] : platform.time_offsets)
    document["timeOffsets"][name] = {{"secs", offset.secs}, {"nanosecs", offset.nanosecs}};
  for (const auto& [name, device] : platform.net_devices)
    document["netDevices"][name] = device.name.empty() ? name : device.name;
  if (!blueprint.resctrl.empty()) document["intelRdt"] = {{"mountPoint", blueprint.resctrl}};
  if (!blueprint.notify_socket.empty()) document["notifySocket"] = blueprint.notify_socket;
}

StatusOr<lifecycle::Blueprint> Draw(const lifecycle::Runtime& runtime,
                                    const lifecycle::CreateOptions& options) {
  TARE_RETURN_IF_ERROR(container::CheckId(options.id));
  TARE_ASSIGN_OR_RETURN(lifecycle::Bundle bundle, lifecycle::LoadBundle(runtime, options));
  TARE_ASSIGN_OR_RETURN(lifecycle::Host host, lifecycle::LookAtHost(runtime, options, bundle.config));
  return lifecycle::MakeBlueprint(runtime, options, std::move(bundle), std::move(host));
}

}  // namespace

Output NamespacesSection(const namespaces::Plan& plan) {
  Output section = Output::object();
  for (int i = 0; i < spec::kNamespaceTypes; ++i) {
    const auto type = static_cast<spec::NamespaceType>(i);
    Output& one = section[std::string(spec::NamespaceName(type))];
    const namespaces::Joined* joined = FindJoined(plan, type);
    one["from"] = joined != nullptr ? "path" : IsNew(plan, type) ? "new" : "host";
    if (joined != nullptr) one["path"] = joined->path;
  }
  return section;
}

StatusOr<Output> Plan(const lifecycle::Runtime& runtime, const lifecycle::CreateOptions& given) {
  lifecycle::CreateOptions options = given;
  if (options.id.empty()) options.id = "ID";
  TARE_ASSIGN_OR_RETURN(const lifecycle::Blueprint blueprint, Draw(runtime, options));
  const spec::Config& config = blueprint.config();
  Output document = {{"id", blueprint.id},
                     {"bundle", blueprint.bundle.path},
                     {"rootfs", blueprint.bundle.rootfs},
                     {"namespaces", NamespacesSection(blueprint.namespaces)}};
  if (blueprint.namespaces.new_user) {
    document["uidMappings"] = MappingsOf(config.platform.uid_mappings);
    document["gidMappings"] = MappingsOf(config.platform.gid_mappings);
  }
  if (blueprint.networks.attached()) document["networks"] = NetworksSection(blueprint.networks);
  document["root"] = RootSection(blueprint.rootfs);
  document["mounts"] = MountsSection(blueprint.rootfs);
  document["devices"] = DevicesSection(blueprint.rootfs);
  document["maskedPaths"] = blueprint.rootfs.masked_paths;
  document["readonlyPaths"] = blueprint.rootfs.readonly_paths;
  TARE_ASSIGN_OR_RETURN(document["cgroup"], CgroupSection(blueprint));
  AddSettings(blueprint, document);
  if (config.process) {
    TARE_ASSIGN_OR_RETURN(document["process"], ProcessSection(blueprint));
  }
  if (config.process && config.platform.seccomp) {
    TARE_ASSIGN_OR_RETURN(document["seccomp"], SeccompSection(*config.platform.seccomp));
  }
  document["hooks"] = HooksSection(config.hooks);
  return document;
}

}  // namespace tare::explain
