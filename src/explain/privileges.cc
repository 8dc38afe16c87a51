#include "explain/privileges.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cgroup/path.h"
#include "explain/mount_privileges.h"
#include "spec/names.h"

namespace tare::explain {
namespace {

using spec::Config;
using spec::Inspection;
using spec::NamespaceType;

const spec::Namespace* Find(const Config& config, NamespaceType type) {
  const auto& all = config.platform.namespaces;
  const auto found = std::ranges::find(all, type, &spec::Namespace::type);
  return found == all.end() ? nullptr : &*found;
}

bool HasUserNamespace(const Config& config) {
  return Find(config, NamespaceType::kUser) != nullptr;
}

// What the container can do in the host's namespace. A cgroup or time namespace hides less than that.
constexpr std::pair<NamespaceType, const char*> kShared[] = {
    {NamespaceType::kPid, "it sees the host's processes, and can signal or trace them"},
    {NamespaceType::kNetwork,
     "it uses the host's network devices, and can reach services that listen on localhost"},
    {NamespaceType::kMount, "its mounts are the host's"},
    {NamespaceType::kIpc, "it can use the host's shared memory and message queues"},
    {NamespaceType::kUts, "it can change the host's name"},
};

void WarnOfNamespaces(Inspection& inspection) {
  for (const auto& [type, effect] : kShared) {
    const std::string name(spec::NamespaceName(type));
    const spec::Namespace* found = Find(inspection.config(), type);
    if (found == nullptr)
      Warn(inspection, "/linux/namespaces", absl::StrCat("no ", name, " namespace: ", effect));
    else if (absl::StartsWith(found->path, "/proc/1/"))
      Warn(inspection,
           absl::StrCat("/linux/namespaces/", found - inspection.config().platform.namespaces.data()),
           absl::StrCat("the ", name, " namespace is that of the host's process 1: ", effect));
  }
}

// A range that begins at root of the host: root in the container is root on the host.
void WarnOfMappings(Inspection& inspection) {
  const spec::Linux& platform = inspection.config().platform;
  if (!HasUserNamespace(inspection.config())) return;
  for (const auto& [name, mappings] :
       {std::pair("uidMappings", &platform.uid_mappings), std::pair("gidMappings", &platform.gid_mappings)}) {
    for (size_t i = 0; i < mappings->size(); ++i)
      if ((*mappings)[i].host_id == 0)
        Warn(inspection, absl::StrCat("/linux/", name, "/", i, "/hostID"),
             absl::StrCat("maps the host's root to ", (*mappings)[i].container_id, " in the container"));
  }
}

constexpr std::pair<const char*, const char*> kDangerous[] = {
    {"CAP_BPF", "can load BPF programs, which see all of the kernel's memory"},
    {"CAP_DAC_READ_SEARCH",
     "can open any file of the host's filesystems by its handle (open_by_handle_at(2))"},
    {"CAP_MAC_ADMIN", "can change the security policy of the host (Smack, AppArmor)"},
    {"CAP_MAC_OVERRIDE", "is not bound by Smack"},
    {"CAP_NET_ADMIN",
     "can configure its network namespace, and attack kernel code that is otherwise out of reach"},
    {"CAP_PERFMON", "can observe the kernel and all processes"},
    {"CAP_SYSLOG", "can read the kernel's log and addresses"},
    {"CAP_SYS_ADMIN", "can mount, and do most of what root can: it is nearly the same as no isolation"},
    {"CAP_SYS_BOOT", "can reboot the host"},
    {"CAP_SYS_MODULE", "can load kernel modules"},
    {"CAP_SYS_PTRACE", "can read and change other processes that it sees"},
    {"CAP_SYS_RAWIO", "can access the host's memory and I/O ports"},
    {"CAP_SYS_TIME", "can set the host's clock"},
};

// In a user namespace, capabilities apply only to what belongs to that. Each is named once.
void WarnOfCapabilities(Inspection& inspection) {
  if (HasUserNamespace(inspection.config())) return;
  std::set<std::string> named;
  ForEachCapability(inspection.config(), [&](const std::string& pointer, const std::string& name) {
    const auto* found =
        std::ranges::find(kDangerous, name, [](const auto& one) { return std::string(one.first); });
    if (found == std::end(kDangerous) || !named.insert(name).second) return;
    Warn(inspection, pointer, absl::StrCat(name, ": the container ", found->second));
  });
}

void WarnOfProcess(Inspection& inspection) {
  const Config& config = inspection.config();
  if (!config.process) return;
  if (!config.process->no_new_privileges && !HasUserNamespace(config))
    Warn(inspection, "/process/noNewPrivileges",
         "is false, and there is no user namespace: set-user-ID programs in the container run as root of the "
         "host");
  if (config.process->apparmor_profile == "unconfined")
    Warn(inspection, "/process/apparmorProfile", "AppArmor does not confine the container");
}

void WarnOfSeccomp(Inspection& inspection) {
  const auto& seccomp = inspection.config().platform.seccomp;
  if (!seccomp) {
    Warn(inspection, "/linux/seccomp", "no filter: all system calls are allowed");
  } else if (seccomp->default_action == "SCMP_ACT_ALLOW" || seccomp->default_action == "SCMP_ACT_LOG") {
    Warn(inspection, "/linux/seccomp/defaultAction",
         absl::StrCat(seccomp->default_action, ": all system calls are allowed that no rule forbids"));
  }
}

bool IsAnyDevice(const spec::DeviceRule& rule) {
  return rule.allow && !rule.major && !rule.minor && (rule.type == 'a' || rule.type == 'b') &&
         (rule.access.empty() || rule.access.find_first_of("rw") != std::string::npos);
}

void WarnOfDevices(Inspection& inspection) {
  const spec::Linux& platform = inspection.config().platform;
  for (size_t i = 0; platform.resources && i < platform.resources->devices.size(); ++i) {
    const spec::DeviceRule& rule = platform.resources->devices[i];
    if (!IsAnyDevice(rule)) continue;
    Warn(inspection, absl::StrCat("/linux/resources/devices/", i),
         rule.type == 'a' ? "allows all devices of the host" : "allows all block devices of the host");
  }
  for (size_t i = 0; i < platform.devices.size(); ++i) {
    const spec::Device& device = platform.devices[i];
    const bool is_memory = device.type == spec::DeviceType::kChar && device.major == 1 &&
                           (device.minor == 1 || device.minor == 2 || device.minor == 4);
    if (is_memory || device.type == spec::DeviceType::kBlock)
      Warn(inspection, absl::StrCat("/linux/devices/", i),
           is_memory ? "the host's memory or I/O ports"
                     : absl::StrCat("a block device of the host, ", device.major, ":", device.minor));
  }
}

}  // namespace

void WarnOfPrivileges(Inspection& inspection) {
  WarnOfNamespaces(inspection);
  WarnOfMappings(inspection);
  WarnOfProcess(inspection);
  WarnOfCapabilities(inspection);
  WarnOfMounts(inspection);
  WarnOfPaths(inspection);
  WarnOfDevices(inspection);
  WarnOfSeccomp(inspection);
}

void ForEachCapability(const Config& config,
                       absl::FunctionRef<void(const std::string& pointer, const std::string& name)> act) {
  if (!config.process || !config.process->capabilities) return;
  const spec::Capabilities& sets = *config.process->capabilities;
  const std::pair<const char*, const std::vector<std::string>*> table[] = {{"bounding", &sets.bounding},
                                                                           {"effective", &sets.effective},
                                                                           {"permitted", &sets.permitted},
                                                                           {"inheritable", &sets.inheritable},
                                                                           {"ambient", &sets.ambient}};
  for (const auto& [set, names] : table)
    for (size_t i = 0; i < names->size(); ++i)
      act(absl::StrCat("/process/capabilities/", set, "/", i), (*names)[i]);
}

}  // namespace tare::explain
