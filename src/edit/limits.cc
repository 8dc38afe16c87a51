#include "edit/limits.h"

#include <unistd.h>

#include <cmath>

#include "absl/strings/numbers.h"
#include "base/bytes.h"

namespace tare::edit {
namespace {

// The kernel's shortest quota is a millisecond (kernel/sched/core.c, min_cfs_quota_period).
constexpr double kFewestCpus = 0.01;
constexpr double kMostCpus = 1e6;

// Cgroup v1 has no such file if the kernel does not account for swap, and a limit for it would be an error.
bool SwapIsAccounted() {
  return access("/sys/fs/cgroup/memory", F_OK) != 0 ||
         access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0;
}

enum class MinusOne { kRefused, kUnlimited };

StatusOr<std::optional<int64_t>> Bytes(absl::string_view flag, const std::string& text, MinusOne minus_one) {
  if (text.empty()) return std::nullopt;
  TARE_ASSIGN_OR_RETURN(const int64_t bytes, ParseBytes(text), flag);
  if (bytes < 0 && minus_one == MinusOne::kRefused)
    return InvalidError(flag, ": invalid size \"", text, "\": use 0 for no limit");
  return bytes == 0 ? -1 : bytes;
}

Status ParseMemory(const Request& request, Limits& limits) {
  TARE_ASSIGN_OR_RETURN(limits.memory, Bytes("--memory", request.memory, MinusOne::kRefused));
  TARE_ASSIGN_OR_RETURN(limits.memory_reservation,
                        Bytes("--memory-reservation", request.memory_reservation, MinusOne::kRefused));
  TARE_ASSIGN_OR_RETURN(limits.memory_swap,
                        Bytes("--memory-swap", request.memory_swap, MinusOne::kUnlimited));
  if (!limits.memory || limits.memory_swap) return absl::OkStatus();
  if (*limits.memory == -1)
    limits.memory_swap = -1;
  else if (SwapIsAccounted() && *limits.memory <= INT64_MAX / 2)
    limits.memory_swap = 2 * *limits.memory;
  return absl::OkStatus();
}

StatusOr<std::optional<int64_t>> QuotaOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  double cpus = 0;
  if (!absl::SimpleAtod(text, &cpus) || !(cpus == 0 || (cpus >= kFewestCpus && cpus <= kMostCpus)))
    return InvalidError("--cpus: \"", text,
                        "\" must be 0, for no limit, or a number from 0.01 on, such as 1.5");
  return cpus == 0 ? -1 : static_cast<int64_t>(std::round(cpus * kCpuPeriod));
}

StatusOr<std::optional<int64_t>> SharesOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  int64_t shares = 0;
  if (!absl::SimpleAtoi(text, &shares) || shares < 0)
    return InvalidError("--cpu-shares: \"", text, "\" must be a number, such as 512");
  return shares;
}

void SetIfGiven(absl::string_view name, const std::optional<int64_t>& limit, json::Editor& config) {
  if (limit) config.Set(absl::StrCat("/linux/resources/", name), *limit);
}

void SetCpu(const Limits& limits, json::Editor& config) {
  SetIfGiven("cpu/quota", limits.cpu_quota, config);
  if (limits.cpu_quota) config.Set("/linux/resources/cpu/period", kCpuPeriod);
  SetIfGiven("cpu/shares", limits.cpu_shares, config);
  if (!limits.cpuset_cpus.empty()) config.Set("/linux/resources/cpu/cpus", limits.cpuset_cpus);
  if (!limits.cpuset_mems.empty()) config.Set("/linux/resources/cpu/mems", limits.cpuset_mems);
}

}  // namespace

StatusOr<Limits> ParseLimits(const Request& request) {
  Limits limits{.cpuset_cpus = request.cpuset_cpus, .cpuset_mems = request.cpuset_mems};
  TARE_RETURN_IF_ERROR(ParseMemory(request, limits));
  TARE_ASSIGN_OR_RETURN(limits.cpu_quota, QuotaOf(request.cpus));
  TARE_ASSIGN_OR_RETURN(limits.cpu_shares, SharesOf(request.cpu_shares));
  if (request.pids_limit) limits.pids = *request.pids_limit > 0 ? *request.pids_limit : -1;
  return limits;
}

Status SetLimits(const Limits& limits, json::Editor& config) {
  SetIfGiven("memory/limit", limits.memory, config);
  SetIfGiven("memory/reservation", limits.memory_reservation, config);
  SetIfGiven("memory/swap", limits.memory_swap, config);
  const int64_t memory = config.Integer("/linux/resources/memory/limit").value_or(-1);
  if (limits.memory_swap.value_or(-1) > 0 && memory <= 0)
    return InvalidError("--memory-swap: it limits memory and swap together, so it needs --memory");
  if (limits.memory_swap.value_or(-1) > 0 && *limits.memory_swap < memory)
    return InvalidError(
        "--memory-swap: it limits memory and swap together, so it must not be less than the "
        "limit of memory, ",
        memory, " bytes");
  SetCpu(limits, config);
  SetIfGiven("pids/limit", limits.pids, config);
  return absl::OkStatus();
}

}  // namespace tare::edit
