#include "process/traits.h"

#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/step.h"
#include "kernel/procfs.h"

namespace tare::process {
namespace {

// The separator is the one of "." and "/" that comes first (sysctl(8)).
std::string SysctlPath(std::string key) {
  const size_t first = key.find_first_of("./");
  if (first != std::string::npos && key[first] == '.') {
    for (char& c : key) {
      if (c == '.') {
        c = '/';
      } else if (c == '/') {
        c = '.';
      }
    }
  }
  return absl::StrCat("sys/", key);
}

constexpr size_t kMaxNodes = 1024;
using NodeMask = std::array<unsigned long, kMaxNodes / (8 * sizeof(unsigned long))>;

StatusOr<NodeMask> ParseNodes(const std::string& list) {
  NodeMask mask{};
  for (absl::string_view part : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(part, absl::MaxSplits('-', 1));
    unsigned first = 0;
    unsigned last = 0;
    if (!absl::SimpleAtoi(ends.first, &first) ||
        !absl::SimpleAtoi(ends.second.empty() ? ends.first : ends.second, &last) || first > last ||
        last >= kMaxNodes)
      return InvalidError("/linux/memoryPolicy/nodes: invalid memory policy nodes \"", list,
                          "\": must be from 0 to ", kMaxNodes - 1);
    for (unsigned node = first; node <= last; ++node)
      mask[node / (8 * sizeof(unsigned long))] |= 1UL << (node % (8 * sizeof(unsigned long)));
  }
  return mask;
}

}  // namespace

Status SetNames(const spec::Config& config) {
  if (config.hostname.empty() && config.domainname.empty()) return absl::OkStatus();
  TARE_STEP("hostname \"", config.hostname, "\", domainname \"", config.domainname, "\"");
  if (!config.hostname.empty() && sethostname(config.hostname.data(), config.hostname.size()) != 0)
    return ErrnoError(errno, "/hostname: sethostname");
  if (!config.domainname.empty() && setdomainname(config.domainname.data(), config.domainname.size()) != 0)
    return ErrnoError(errno, "/domainname: setdomainname");
  return absl::OkStatus();
}

Status SetSysctls(const std::map<std::string, std::string>& sysctls) {
  if (sysctls.empty()) return absl::OkStatus();
  TARE_STEP("write ", sysctls.size(), " sysctls");
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  for (const auto& [key, value] : sysctls)
    TARE_RETURN_IF_ERROR(procfs->Write(SysctlPath(key), value), "/linux/sysctl/", key);
  return absl::OkStatus();
}

Status SetPersonality(const spec::Personality& wanted) {
  const unsigned long domain = wanted.domain == "LINUX32" ? PER_LINUX32 : PER_LINUX;
  if (personality(domain) < 0) return ErrnoError(errno, "/linux/personality: personality");
  return absl::OkStatus();
}

Status SetMemoryPolicy(const spec::MemoryPolicy& policy) {
  TARE_ASSIGN_OR_RETURN(const NodeMask mask, ParseNodes(policy.nodes));
  const int mode = policy.mode | static_cast<int>(policy.flags);
  const bool any = std::any_of(mask.begin(), mask.end(), [](unsigned long word) { return word != 0; });
  if (syscall(SYS_set_mempolicy, mode, any ? mask.data() : nullptr, any ? kMaxNodes : 0) != 0)
    return ErrnoError(errno, "/linux/memoryPolicy: set_mempolicy");
  return absl::OkStatus();
}

}  // namespace tare::process
