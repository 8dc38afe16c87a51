#include "cgroup/limits.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace tare::cgroup {
namespace {

constexpr uint64_t kMinShares = 2;       // kernel/sched/sched.h, MIN_SHARES
constexpr uint64_t kMaxShares = 262144;  // MAX_SHARES

Status CheckNotBelow(std::optional<int64_t> value, int64_t least, absl::string_view name) {
  if (!value || *value >= least) return absl::OkStatus();
  return InvalidError(name, ": ", *value, " is not a valid limit (", least,
                      least == -1 ? " means unlimited)" : " is the minimum)");
}

Status CheckMemory(const spec::MemoryResources& memory) {
  TARE_RETURN_IF_ERROR(CheckNotBelow(memory.limit, -1, "memory.limit"));
  TARE_RETURN_IF_ERROR(CheckNotBelow(memory.reservation, -1, "memory.reservation"));
  TARE_RETURN_IF_ERROR(CheckNotBelow(memory.swap, -1, "memory.swap"));
  if (IsSet(memory.limit) && memory.swap.value_or(0) > 0 &&
      (*memory.limit == -1 || *memory.swap < *memory.limit))
    return InvalidError("memory.swap: ", *memory.swap, " is less than memory.limit, ", *memory.limit,
                        ": it must be the limit of memory plus swap");
  if (memory.swappiness && *memory.swappiness > 100 && *memory.swappiness != UINT64_MAX)
    return InvalidError("memory.swappiness: ", *memory.swappiness, " is not between 0 and 100");
  return absl::OkStatus();
}

bool IsPageSize(absl::string_view size) {
  size_t digits = 0;
  while (digits < size.size() && absl::ascii_isdigit(static_cast<unsigned char>(size[digits]))) ++digits;
  const absl::string_view unit = size.substr(digits);
  return digits > 0 && (unit == "KB" || unit == "MB" || unit == "GB");
}

bool IsWord(absl::string_view name) {
  return !name.empty() && name.find_first_of(" \t\n/") == absl::string_view::npos;
}

}  // namespace

Status CheckLimits(const spec::Resources& resources) {
  TARE_RETURN_IF_ERROR(CheckMemory(resources.memory));
  if (IsSet(resources.cpu.shares) && *resources.cpu.shares < kMinShares)
    return InvalidError("cpu.shares: the minimum allowed cpu-shares is ", kMinShares);
  if (IsSet(resources.cpu.shares) && *resources.cpu.shares > kMaxShares)
    return InvalidError("cpu.shares: the maximum allowed cpu-shares is ", kMaxShares);
  for (const spec::HugepageLimit& limit : resources.hugepage_limits) {
    if (!IsPageSize(limit.page_size))
      return InvalidError("hugepageLimits: \"", limit.page_size, "\" is not a page size such as \"2MB\"");
  }
  for (const auto& [device, limit] : resources.rdma) {
    if (!IsWord(device)) return InvalidError("rdma: \"", device, "\" is not a valid device name");
  }
  for (const spec::InterfacePriority& priority : resources.network.priorities) {
    if (!IsWord(priority.name))
      return InvalidError("network.priorities: \"", priority.name,
                          "\" is not a valid network interface name");
  }
  return absl::OkStatus();
}

std::optional<spec::Resources> WithoutIdleWeight(const spec::Resources& resources) {
  const auto idle = resources.unified.find("cpu.idle");
  const bool is_idle = resources.cpu.idle == 1 ||
                       (idle != resources.unified.end() && absl::StripAsciiWhitespace(idle->second) == "1");
  const bool weighs = IsSet(resources.cpu.shares) || resources.unified.contains("cpu.weight") ||
                      resources.unified.contains("cpu.weight.nice");
  if (!is_idle || !weighs) return std::nullopt;
  spec::Resources alone = resources;
  alone.cpu.shares.reset();
  alone.unified.erase("cpu.weight");
  alone.unified.erase("cpu.weight.nice");
  return alone;
}

std::string PidsMax(int64_t limit) {
  if (limit < 0) return "max";
  return absl::StrCat(limit == 0 ? 1 : limit);
}

std::vector<std::string> UnifiedLines(const std::string& value) {
  std::vector<std::string> lines = absl::StrSplit(value, '\n', absl::SkipWhitespace());
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string RdmaLine(const std::string& device, const spec::RdmaLimit& limit) {
  std::string line = device;
  if (limit.hca_handles) absl::StrAppend(&line, " hca_handle=", *limit.hca_handles);
  if (limit.hca_objects) absl::StrAppend(&line, " hca_object=", *limit.hca_objects);
  return line;
}

}  // namespace tare::cgroup
