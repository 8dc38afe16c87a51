#include "spec/features.h"

#include <algorithm>

#include "json/writer.h"
#include "spec/names.h"

namespace tare::spec {
namespace {

template <size_t N>
json::Output Sorted(const std::array<absl::string_view, N>& names) {
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

json::Output SeccompFeatures(const Build& build) {
  return {
      {"enabled", true},
      {"actions", Sorted(kSeccompActions)},
      {"operators", Sorted(kSeccompOperators)},
      {"archs", Sorted(kSeccompArchitectures)},
      {"knownFlags", Sorted(kSeccompFlags)},
      {"supportedFlags", build.seccomp_flags},
  };
}

json::Output Cgroup() {
  return {
      {"v1", true}, {"v2", true}, {"systemd", true}, {"systemdUser", true}, {"rdma", true},
  };
}

json::Output IntelRdtFeatures(const Build& build) {
  return {
      {"enabled", build.intel_rdt},
      {"schemata", build.intel_rdt},
      {"monitoring", build.intel_rdt},
  };
}

json::Output LinuxFeatures(const Build& build) {
  return {
      {"namespaces", Sorted(kNamespaceNames)},
      {"capabilities", build.capabilities},
      {"cgroup", Cgroup()},
      {"seccomp", SeccompFeatures(build)},
      {"apparmor", {{"enabled", true}}},
      {"selinux", {{"enabled", true}}},
      {"intelRdt", IntelRdtFeatures(build)},
      {"memoryPolicy", {{"modes", Sorted(kMemoryPolicyModes)}, {"flags", Sorted(kMemoryPolicyFlags)}}},
      {"mountExtensions", {{"idmap", {{"enabled", true}}}}},
      {"netDevices", {{"enabled", true}}},
  };
}

// Tools look for runc's annotations, so they exist here too, with the values of tare.
json::Output Annotations(const Build& build) {
  return {
      {"io.github.seccomp.libseccomp.version", build.libseccomp_version},
      {"org.opencontainers.runc.checkpoint.enabled", "true"},
      {"org.opencontainers.runc.commit", build.commit},
      {"org.opencontainers.runc.version", build.version},
      {"org.opencontainers.tare.commit", build.commit},
      {"org.opencontainers.tare.version", build.version},
  };
}

// A program that lets its users set annotations must not let them set these. One that ends in "."
// is a prefix.
json::Output PotentiallyUnsafeAnnotations() {
  return {"bundle",
          "org.systemd.property.",
          "org.criu.config",
          "run.oci.keep_original_groups",
          "run.oci.hooks.stdout",
          "run.oci.hooks.stderr",
          "run.oci.mount_context_type"};
}

}  // namespace

std::string FeaturesDocument(const Build& build) {
  return json::Indented(
      {
          {"ociVersionMin", "1.0.0"},
          {"ociVersionMax", std::string(kOciVersion)},
          {"hooks", std::vector<std::string>(kHookNames.begin(), kHookNames.end())},
          {"mountOptions", build.mount_options},
          {"linux", LinuxFeatures(build)},
          {"annotations", Annotations(build)},
          {"potentiallyUnsafeConfigAnnotations", PotentiallyUnsafeAnnotations()},
      },
      4);
}

}  // namespace tare::spec
