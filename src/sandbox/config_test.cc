#include "sandbox/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sandbox/pause_executable.h"

namespace tare::sandbox {
namespace {

using messages::NamespaceMode;
using Json = nlohmann::json;

Json ConfigOf(const Pod& pod) {
  return Json::parse(ConfigDocument(pod));
}

Pod Web() {
  Pod pod{.id = "web", .containerd_namespace = "k8s.io", .netns_path = "/run/netns/a"};
  pod.config.hostname = "host";
  pod.config.linux.cgroup_parent = "/kubepods/pod1";
  return pod;
}

std::string NamespaceTypes(const Json& config) {
  std::string types;
  for (const Json& ns : config["linux"]["namespaces"]) types += ns["type"].get<std::string>() + " ";
  return types;
}

TEST(SandboxConfig, APodHasNamespacesOfItsOwnAndTheGivenNetwork) {
  const Json config = ConfigOf(Web());
  EXPECT_EQ(NamespaceTypes(config), "mount pid ipc network uts ");
  EXPECT_EQ(config["linux"]["namespaces"][3]["path"], "/run/netns/a");
  EXPECT_EQ(config["hostname"], "host");
  EXPECT_EQ(config["linux"]["cgroupsPath"], "/kubepods/pod1/web");
}

TEST(SandboxConfig, WithoutADescriptionEverythingIsNew) {
  const Json config = ConfigOf({.id = "web", .containerd_namespace = "default"});
  EXPECT_EQ(NamespaceTypes(config), "mount pid ipc network uts ");
  EXPECT_FALSE(config["linux"]["namespaces"][3].contains("path"));
  EXPECT_EQ(config["linux"]["cgroupsPath"], "/default/web");
  EXPECT_FALSE(config.contains("hostname"));
}

TEST(SandboxConfig, APodInTheHostsNetworkHasNoNameAndNoNetworkSysctls) {
  Pod pod = Web();
  auto& options = pod.config.linux.security_context.namespace_options;
  options.network = options.pid = options.ipc = NamespaceMode::kNode;
  const Json config = ConfigOf(pod);
  EXPECT_EQ(NamespaceTypes(config), "mount ");
  EXPECT_FALSE(config.contains("hostname"));
  EXPECT_FALSE(config["linux"].contains("sysctl"));
}

TEST(SandboxConfig, GivenSysctlsGoBeforeTheDefaults) {
  Pod pod = Web();
  pod.config.linux.sysctls = {{"net.ipv4.ip_unprivileged_port_start", "80"}};
  const Json sysctls = ConfigOf(pod)["linux"]["sysctl"];
  EXPECT_EQ(sysctls["net.ipv4.ip_unprivileged_port_start"], "80");
  EXPECT_EQ(sysctls["net.ipv4.ping_group_range"], "0 2147483647");
}

TEST(SandboxConfig, AUserNamespaceIsMadeOrJoined) {
  Pod pod = Web();
  pod.config.linux.security_context.namespace_options.userns_options = {
      .uids = {{.host_id = 1000, .container_id = 0, .length = 10}},
      .gids = {{.host_id = 2000, .length = 10}}};
  Json platform = ConfigOf(pod)["linux"];
  EXPECT_EQ(platform["uidMappings"], Json::parse(R"([{"containerID": 0, "hostID": 1000, "size": 10}])"));
  EXPECT_FALSE(platform["sysctl"].contains("net.ipv4.ping_group_range"));
  pod.userns_path = "/proc/1/fd/3";
  platform = ConfigOf(pod)["linux"];
  EXPECT_FALSE(platform.contains("uidMappings"));
  EXPECT_EQ(platform["namespaces"].back()["path"], "/proc/1/fd/3");
}

TEST(SandboxConfig, ASliceHasAScopeWithContainerdsName) {
  Pod pod = Web();
  pod.config.linux.cgroup_parent = "/kubepods.slice/kubepods-pod1.slice";
  EXPECT_EQ(ConfigOf(pod)["linux"]["cgroupsPath"], "kubepods-pod1.slice:cri-containerd:web");
}

TEST(SandboxConfig, TheProcessHasTheUserAndTheLabelOfThePod) {
  Pod pod = Web();
  pod.lowest_oom_score = -500;
  auto& context = pod.config.linux.security_context;
  context.run_as_user = {.value = 7};
  context.supplemental_groups = {8, 9};
  context.selinux_options = {.user = "u", .role = "r", .type = "t", .level = "s0:c1,c2"};
  const Json process = ConfigOf(pod)["process"];
  EXPECT_EQ(process["user"], Json::parse(R"({"uid": 7, "gid": 0, "additionalGids": [8, 9]})"));
  EXPECT_EQ(process["selinuxLabel"], "u:r:t:s0:c1,c2");
  EXPECT_EQ(process["oomScoreAdj"], -500);
  EXPECT_FALSE(process.contains("capabilities"));
}

TEST(SandboxConfig, AnnotationsNameThePod) {
  Pod pod = Web();
  pod.annotations = {{"from", "request"}};
  pod.config.annotations = {{"from", "description"}, {"more", "yes"}};
  pod.config.metadata = {.name = "n", .uid = "u", .pod_namespace = "s"};
  const Json annotations = ConfigOf(pod)["annotations"];
  EXPECT_EQ(annotations["from"], "request");
  EXPECT_EQ(annotations["more"], "yes");
  EXPECT_EQ(annotations["io.kubernetes.cri.sandbox-id"], "web");
  EXPECT_EQ(annotations["io.kubernetes.cri.sandbox-namespace"], "s");
}

TEST(SandboxConfig, ThePauseExecutableIsSmall) {
  EXPECT_EQ(PauseExecutable().substr(0, 4), "\177ELF");
  EXPECT_LT(PauseExecutable().size(), 2048U);
}

}  // namespace
}  // namespace tare::sandbox
