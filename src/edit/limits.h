// --memory, --cpus and the like: limits of the container's cgroup, in linux.resources.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "edit/edits.h"
#include "json/editor.h"

namespace tare::edit {

// -1 means no limit.
struct Limits {
  std::optional<int64_t> memory;  // bytes, as the next two
  std::optional<int64_t> memory_reservation;
  std::optional<int64_t> memory_swap;  // memory and swap together
  std::optional<int64_t> cpu_quota;    // microseconds in each kCpuPeriod
  std::optional<int64_t> cpu_shares;
  std::string cpuset_cpus;
  std::string cpuset_mems;
  std::optional<int64_t> pids;

  bool operator==(const Limits&) const = default;
};

inline constexpr int64_t kCpuPeriod = 100'000;  // microseconds

// As in Podman, --memory without --memory-swap allows as much swap again, and 0 means no limit.
StatusOr<Limits> ParseLimits(const Request& request);

// It is an error if memory and swap together are limited, but memory alone is not.
Status SetLimits(const Limits& limits, json::Editor& config);

}  // namespace tare::edit
