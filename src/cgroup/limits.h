// Rules of linux.resources that are the same on v1 and v2, whatever the kernel would say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// A limit of 0 is "unset" for memory, cpu shares, quota and period and for weights: engines always write
// these properties, and none of them can be 0.
template <typename Optional>
bool IsSet(const Optional& value) {
  return value && *value != 0;
}

// Values that no kernel takes, with a better sentence than EINVAL; page sizes and device names that are not
// one word (they become part of a file name or of a line).
Status CheckLimits(const spec::Resources& resources);

// An idle group has no weight: the kernel refuses one (EINVAL), and for systemd it ends idleness. `resources`
// without the weight, if they give it beside idleness; the caller warns with kIdleAlone.
std::optional<spec::Resources> IdleAlone(const spec::Resources& resources);
inline constexpr char kIdleAlone[] =
    "unable to apply both cpu.idle and cpu.shares or cpu.weight: an idle cgroup has no weight";

// The value of pids.max. 0 becomes 1 as in runc, whose systemd driver cannot say 0: with init in it nothing
// can be forked either way, and clone3 into a cgroup of 0 would fail.
std::string PidsMax(int64_t limit);

// What is to be written of a value of `unified`, each with one write(2): the files of the kernel that know
// several lines (io.max, io.latency, rdma.max, misc.max) take one at a time. Blank lines are left out; of a
// value that has no other, one empty line remains, which some files take for a reset.
std::vector<std::string> UnifiedLines(const std::string& value);

// A line of rdma.max: "mlx5_0 hca_handle=2 hca_object=2000".
std::string RdmaLine(const std::string& device, const spec::RdmaLimit& limit);

}  // namespace tare::cgroup
