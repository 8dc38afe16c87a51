// Rules of linux.resources that are the same on v1 and v2.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// A limit of 0 means "not set" for memory, cpu shares, quota, period and weights: engines always write these
// properties, and none of them can be 0.
template <typename Optional>
bool IsSet(const Optional& value) {
  return value && *value != 0;
}

// Checks values that no kernel accepts, with a clearer message than EINVAL. Page sizes and device names must
// be one word, because they become part of a file name or of a line.
Status CheckLimits(const spec::Resources& resources);

// An idle group has no weight: the kernel refuses one (EINVAL), and for systemd a weight ends idleness. If
// `resources` has both, returns it without the weight; the caller then logs kIdleWeightWarning.
std::optional<spec::Resources> WithoutIdleWeight(const spec::Resources& resources);
inline constexpr char kIdleWeightWarning[] =
    "unable to apply both cpu.idle and cpu.shares or cpu.weight: an idle cgroup has no weight";

// The value of pids.max. 0 becomes 1, as in runc, because systemd does not accept 0. With init in the cgroup,
// nothing can be forked in either case, and clone3 into a cgroup with a limit of 0 would fail.
std::string PidsMax(int64_t limit);

// The lines of a value of `unified`, which must be written with one write(2) each: files such as io.max,
// io.latency, rdma.max and misc.max accept only one line at a time. Blank lines are left out. If there are no
// others, one empty line remains, which resets some files.
std::vector<std::string> UnifiedLines(const std::string& value);

// A line of rdma.max: "mlx5_0 hca_handle=2 hca_object=2000".
std::string RdmaLine(const std::string& device, const spec::RdmaLimit& limit);

}  // namespace tare::cgroup
