#include "spec/clauses.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tare::spec {
namespace {

struct Clause {
  absl::string_view property;  // a pointer without positions in arrays
  absl::string_view section;
};

// A property belongs to the longest entry that it begins with.
constexpr Clause kClauses[] = {
    {"/ociVersion", "config.md, Specification version"},
    {"/root", "config.md, Root"},
    {"/mounts", "config.md, Mounts"},
    {"/mounts/uidMappings", "config.md, POSIX-platform Mounts"},
    {"/mounts/gidMappings", "config.md, POSIX-platform Mounts"},
    {"/mounts/options", "config.md, Linux mount options"},
    {"/process", "config.md, Process"},
    {"/process/rlimits", "config.md, POSIX process"},
    {"/process/apparmorProfile", "config.md, Linux Process"},
    {"/process/capabilities", "config.md, Linux Process"},
    {"/process/noNewPrivileges", "config.md, Linux Process"},
    {"/process/oomScoreAdj", "config.md, Linux Process"},
    {"/process/scheduler", "config.md, Linux Process"},
    {"/process/selinuxLabel", "config.md, Linux Process"},
    {"/process/ioPriority", "config.md, Linux Process"},
    {"/process/execCPUAffinity", "config.md, Linux Process"},
    {"/process/user", "config.md, User"},
    {"/hostname", "config.md, Hostname"},
    {"/domainname", "config.md, Domainname"},
    {"/hooks", "config.md, POSIX-platform Hooks"},
    {"/annotations", "config.md, Annotations"},
    {"/linux", "config-linux.md"},
    {"/linux/namespaces", "config-linux.md, Namespaces"},
    {"/linux/uidMappings", "config-linux.md, User namespace mappings"},
    {"/linux/gidMappings", "config-linux.md, User namespace mappings"},
    {"/linux/timeOffsets", "config-linux.md, Offset for Time Namespace"},
    {"/linux/devices", "config-linux.md, Devices"},
    {"/linux/netDevices", "config-linux.md, Network Devices"},
    {"/linux/cgroupsPath", "config-linux.md, Cgroups Path"},
    {"/linux/resources", "config-linux.md, Control groups"},
    {"/linux/resources/devices", "config-linux.md, Allowed Device list"},
    {"/linux/resources/memory", "config-linux.md, Memory"},
    {"/linux/resources/cpu", "config-linux.md, CPU"},
    {"/linux/resources/blockIO", "config-linux.md, Block IO"},
    {"/linux/resources/hugepageLimits", "config-linux.md, Huge page limits"},
    {"/linux/resources/network", "config-linux.md, Network"},
    {"/linux/resources/pids", "config-linux.md, PIDs"},
    {"/linux/resources/rdma", "config-linux.md, RDMA"},
    {"/linux/resources/unified", "config-linux.md, Unified"},
    {"/linux/intelRdt", "config-linux.md, IntelRdt"},
    {"/linux/memoryPolicy", "config-linux.md, Memory policy"},
    {"/linux/sysctl", "config-linux.md, Sysctl"},
    {"/linux/seccomp", "config-linux.md, Seccomp"},
    {"/linux/rootfsPropagation", "config-linux.md, Rootfs Mount Propagation"},
    {"/linux/maskedPaths", "config-linux.md, Masked Paths"},
    {"/linux/readonlyPaths", "config-linux.md, Readonly Paths"},
    {"/linux/mountLabel", "config-linux.md, Mount Label"},
    {"/linux/personality", "config-linux.md, Personality"},
};

bool IsPosition(absl::string_view part) {
  return std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
}

// "/mounts/type" for "/mounts/3/type".
std::string PropertyOf(absl::string_view pointer) {
  std::string property;
  for (absl::string_view part : absl::StrSplit(pointer, '/', absl::SkipEmpty()))
    if (!IsPosition(part)) absl::StrAppend(&property, "/", part);
  return property;
}

}  // namespace

absl::string_view ClauseOf(absl::string_view pointer) {
  const std::string property = absl::StrCat(PropertyOf(pointer), "/");
  Clause longest;
  for (const Clause& clause : kClauses) {
    if (clause.property.size() > longest.property.size() &&
        absl::StartsWith(property, absl::StrCat(clause.property, "/")))
      longest = clause;
  }
  return longest.section;
}

}  // namespace tare::spec
