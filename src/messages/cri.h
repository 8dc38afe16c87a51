// The description of a pod that CRI passes to a sandbox as its options (Kubernetes' cri-api,
// pkg/apis/runtime/v1/api.proto): the fields that matter to a sandbox on Linux.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/codec.h"

namespace tare::messages {

enum class NamespaceMode : int32_t { kPod = 0, kContainer = 1, kNode = 2, kTarget = 3 };

struct CriIdMapping {
  uint32_t host_id = 0, container_id = 0, length = 0;
  TARE_MESSAGE("runtime.v1.IDMapping", (1, host_id)(2, container_id)(3, length));
};

struct CriUserNamespace {
  NamespaceMode mode = NamespaceMode::kPod;
  std::vector<CriIdMapping> uids, gids;
  TARE_MESSAGE("runtime.v1.UserNamespace", (1, mode)(2, uids)(3, gids));
};

struct NamespaceOption {
  NamespaceMode network = NamespaceMode::kPod, pid = NamespaceMode::kPod, ipc = NamespaceMode::kPod;
  std::optional<CriUserNamespace> userns_options;
  TARE_MESSAGE("runtime.v1.NamespaceOption", (1, network)(2, pid)(3, ipc)(5, userns_options));
};

struct Int64Value {
  int64_t value = 0;
  TARE_MESSAGE("runtime.v1.Int64Value", (1, value));
};

struct SeLinuxOption {
  std::string user, role, type, level;
  TARE_MESSAGE("runtime.v1.SELinuxOption", (1, user)(2, role)(3, type)(4, level));
};

struct LinuxSandboxSecurityContext {
  NamespaceOption namespace_options;
  SeLinuxOption selinux_options;
  std::optional<Int64Value> run_as_user, run_as_group;
  std::vector<uint64_t> supplemental_groups;
  TARE_MESSAGE("runtime.v1.LinuxSandboxSecurityContext",
               (1, namespace_options)(2, selinux_options)(3, run_as_user)(5,
                                                                          supplemental_groups)(8,
                                                                                               run_as_group));
};

struct LinuxContainerResources {
  int64_t cpu_period = 0, cpu_quota = 0, cpu_shares = 0, memory_limit_in_bytes = 0;
  TARE_MESSAGE("runtime.v1.LinuxContainerResources",
               (1, cpu_period)(2, cpu_quota)(3, cpu_shares)(4, memory_limit_in_bytes));
};

struct LinuxPodSandboxConfig {
  std::string cgroup_parent;
  LinuxSandboxSecurityContext security_context;
  StringMap sysctls;
  std::optional<LinuxContainerResources> resources;
  TARE_MESSAGE("runtime.v1.LinuxPodSandboxConfig",
               (1, cgroup_parent)(2, security_context)(3, sysctls)(5, resources));
};

struct PodSandboxMetadata {
  std::string name, uid, pod_namespace;
  uint32_t attempt = 0;
  TARE_MESSAGE("runtime.v1.PodSandboxMetadata", (1, name)(2, uid)(3, pod_namespace)(4, attempt));
};

struct DnsConfig {
  std::vector<std::string> servers, searches, options;
  TARE_MESSAGE("runtime.v1.DNSConfig", (1, servers)(2, searches)(3, options));
};

struct PodSandboxConfig {
  PodSandboxMetadata metadata;
  std::string hostname, log_directory;
  std::optional<DnsConfig> dns_config;
  StringMap labels, annotations;
  LinuxPodSandboxConfig linux;
  TARE_MESSAGE("runtime.v1.PodSandboxConfig",
               (1, metadata)(2, hostname)(3, log_directory)(4, dns_config)(6, labels)(7, annotations)(8,
                                                                                                      linux));
};

}  // namespace tare::messages
