// Parses the texts of statistics files. Anything unexpected is read as 0 or left out, because kernels differ
// in what they count. Makes no system calls.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "spec/stats.h"

namespace tare::stats {

// "max" is spec::kUnlimited.
uint64_t ParseNumber(absl::string_view text);

// Lines "KEY VALUE": cpu.stat, memory.stat, memory.events.
std::map<std::string, uint64_t> ParseFlat(absl::string_view text);

// "12 34 ": cpuacct.usage_percpu.
std::vector<uint64_t> ParseNumbers(absl::string_view text);

// The column of that name under the heading "cpu user system": cpuacct.usage_all.
std::vector<uint64_t> ParseColumn(absl::string_view text, absl::string_view name);

// "0-2,7" is 0, 1, 2, 7: cpuset.cpus.
std::vector<uint16_t> ParseList(absl::string_view text);

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and the same for "full": cpu.pressure. Nothing if the
// text is empty.
std::optional<spec::Pressure> ParsePressure(absl::string_view text);

// Lines "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6": io.stat of v2. Returns one entry for each of
// `keys`, which map a key to the name of the operation on v1.
using IoKeys = std::vector<std::pair<absl::string_view, absl::string_view>>;
spec::IoEntries ParseIoStat(absl::string_view text, const IoKeys& keys);

// Lines "8:0 Read 512" or "8:0 512", and a total: blkio.* of v1.
spec::IoEntries ParseBlkio(absl::string_view text);

// Lines "mlx4_0 hca_handle=2 hca_object=max", where "max" is UINT32_MAX: rdma.current, rdma.max.
std::vector<spec::RdmaEntry> ParseRdma(absl::string_view text);

// The size in names of a cgroup's files: "2MB" for "hugepages-2048kB", as in
// /sys/kernel/mm/hugepages; otherwise "".
std::string HugepageSize(absl::string_view directory);

}  // namespace tare::stats
