// The documents of `tare features` (features.md, features-linux.md) and `tare spec` (a default config).
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tare::spec {

inline constexpr absl::string_view kOciVersion = "1.3.0";

// Facts that only the rooms above this one know.
struct Build {
  std::string version;
  std::string commit;
  std::string libseccomp_version;
  bool intel_rdt = false;
  std::vector<std::string> mount_options;  // rootfs::KnownOptions()
  std::vector<std::string> capabilities;   // security::KnownCapabilities()
  std::vector<std::string> seccomp_flags;  // security::SupportedSeccompFlags()
};

// The indented JSON document that `tare features` prints.
std::string FeaturesDocument(const Build& build);

// Whether the container has a cgroup namespace: useful with v2, where it can then see its own cgroup only.
enum class CgroupNamespace { kShared, kNew };

// What the container runs: a shell on a terminal, or without a terminal a program that waits for a signal.
enum class Program { kShell, kWaits };

// The indented config.json that `tare spec` writes, and the one of `tare spec --rootless` for the given user.
std::string DefaultConfigDocument(CgroupNamespace cgroup, Program program = Program::kShell);
std::string RootlessConfigDocument(unsigned uid, unsigned gid, CgroupNamespace cgroup,
                                   Program program = Program::kShell);

}  // namespace tare::spec
