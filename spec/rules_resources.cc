#include <algorithm>

#include "absl/strings/ascii.h"
#include "spec/rule_set.h"

namespace tare::spec {
namespace {

// config-linux.md, "CPU": a positive quota must not be smaller than the burst.
Status CheckCpu(const CpuResources& cpu, const std::string& at) {
  if (cpu.quota && cpu.burst && *cpu.quota > 0 && *cpu.burst > static_cast<uint64_t>(*cpu.quota)) {
    return Broken(at + "/burst", *cpu.burst, " is more than the quota, ", *cpu.quota);
  }
  return absl::OkStatus();
}

// "64KB", "2MB", "1GB". It becomes a part of a file name; GHSA-5g49-rx9x-qfc6 was about "../" in it.
bool IsPageSize(const std::string& size) {
  const size_t unit = size.find_first_not_of("0123456789");
  return unit != 0 && (unit == size.size() - 2) && size.back() == 'B' &&
         std::string("KMG").find(size[unit]) != std::string::npos;
}

Status CheckHugepages(const std::vector<HugepageLimit>& limits, const std::string& at) {
  for (size_t i = 0; i < limits.size(); ++i) {
    if (IsPageSize(limits[i].page_size)) continue;
    return Broken(absl::StrCat(at, "/", i, "/pageSize"), "must be a size such as \"2MB\", not \"",
                  limits[i].page_size, "\"");
  }
  return absl::OkStatus();
}

bool IsWord(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), absl::ascii_isgraph);
}

// The name and its priority are written to a file as one line. A space or newline in the name would
// forge another entry.
Status CheckNetwork(const NetworkResources& network, const std::string& at) {
  for (size_t i = 0; i < network.priorities.size(); ++i) {
    if (IsWord(network.priorities[i].name)) continue;
    return Broken(absl::StrCat(at, "/priorities/", i, "/name"), "is not a valid network interface name");
  }
  return absl::OkStatus();
}

Status CheckRdma(const std::map<std::string, RdmaLimit>& rdma, const std::string& at) {
  for (const auto& [device, limit] : rdma) {
    if (!IsWord(device)) return Broken(at, "\"", device, "\" is not a valid device name");
  }
  return absl::OkStatus();
}

// A key must name a file in the container's cgroup, and not one elsewhere.
Status CheckUnified(const std::map<std::string, std::string>& unified, const std::string& at) {
  for (const auto& [file, value] : unified) {
    if (file.empty() || file == "." || file == ".." || file.find('/') != file.npos) {
      return Broken(at, "\"", file, "\" is not a valid cgroup file name");
    }
  }
  return absl::OkStatus();
}

Status CheckMemory(const MemoryResources& memory, const std::string& at) {
  if (memory.limit && memory.swap && *memory.swap > 0 && *memory.swap < *memory.limit) {
    return Broken(at + "/swap", "the limit of memory plus swap, ", *memory.swap,
                  ", is less than the memory limit, ", *memory.limit);
  }
  return absl::OkStatus();
}

}  // namespace

Status CheckResources(const Resources& resources, absl::string_view at) {
  const std::string prefix(at);
  TARE_RETURN_IF_ERROR(CheckMemory(resources.memory, prefix + "/memory"));
  TARE_RETURN_IF_ERROR(CheckCpu(resources.cpu, prefix + "/cpu"));
  TARE_RETURN_IF_ERROR(CheckHugepages(resources.hugepage_limits, prefix + "/hugepageLimits"));
  TARE_RETURN_IF_ERROR(CheckNetwork(resources.network, prefix + "/network"));
  TARE_RETURN_IF_ERROR(CheckRdma(resources.rdma, prefix + "/rdma"));
  return CheckUnified(resources.unified, prefix + "/unified");
}

}  // namespace tare::spec
