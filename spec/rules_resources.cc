#include <algorithm>

#include "absl/strings/ascii.h"
#include "spec/rule_set.h"

namespace tare::spec {
namespace {

// config-linux.md, "CPU": a positive quota must not be smaller than the burst.
void CheckCpu(const CpuResources& cpu, const std::string& at, Faults& faults) {
  if (cpu.quota && cpu.burst && *cpu.quota > 0 && *cpu.burst > static_cast<uint64_t>(*cpu.quota)) {
    faults.Broken(at + "/burst", *cpu.burst, " is more than the quota, ", *cpu.quota);
  }
}

// "64KB", "2MB", "1GB". It becomes a part of a file name; GHSA-5g49-rx9x-qfc6 was about "../" in it.
bool IsPageSize(const std::string& size) {
  const size_t unit = size.find_first_not_of("0123456789");
  return unit != 0 && (unit == size.size() - 2) && size.back() == 'B' &&
         std::string("KMG").find(size[unit]) != std::string::npos;
}

void CheckHugepages(const std::vector<HugepageLimit>& limits, const std::string& at, Faults& faults) {
  for (size_t i = 0; i < limits.size(); ++i) {
    if (IsPageSize(limits[i].page_size)) continue;
    faults.Broken(absl::StrCat(at, "/", i, "/pageSize"), "must be a size such as \"2MB\", not \"",
                  limits[i].page_size, "\"");
  }
}

bool IsWord(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), absl::ascii_isgraph);
}

// The name and its priority are written to a file as one line. A space or newline in the name would
// forge another entry.
void CheckNetwork(const NetworkResources& network, const std::string& at, Faults& faults) {
  for (size_t i = 0; i < network.priorities.size(); ++i) {
    if (IsWord(network.priorities[i].name)) continue;
    faults.Broken(absl::StrCat(at, "/priorities/", i, "/name"), "is not a valid network interface name");
  }
}

void CheckRdma(const std::map<std::string, RdmaLimit>& rdma, const std::string& at, Faults& faults) {
  for (const auto& [device, limit] : rdma) {
    if (!IsWord(device)) faults.BrokenMember(at, device, "\"", device, "\" is not a valid device name");
  }
}

// A key must name a file in the container's cgroup, and not one elsewhere.
void CheckUnified(const std::map<std::string, std::string>& unified, const std::string& at, Faults& faults) {
  for (const auto& [file, value] : unified) {
    if (file.empty() || file == "." || file == ".." || file.find('/') != file.npos) {
      faults.BrokenMember(at, file, "\"", file, "\" is not a valid cgroup file name");
    }
  }
}

void CheckMemory(const MemoryResources& memory, const std::string& at, Faults& faults) {
  if (memory.limit && memory.swap && *memory.swap > 0 && *memory.swap < *memory.limit) {
    faults.Broken(at + "/swap", "the limit of memory plus swap, ", *memory.swap,
                  ", is less than the memory limit, ", *memory.limit);
  }
}

}  // namespace

void CheckResources(const Resources& resources, const std::string& at, Faults& faults) {
  CheckMemory(resources.memory, at + "/memory", faults);
  CheckCpu(resources.cpu, at + "/cpu", faults);
  CheckHugepages(resources.hugepage_limits, at + "/hugepageLimits", faults);
  CheckNetwork(resources.network, at + "/network", faults);
  CheckRdma(resources.rdma, at + "/rdma", faults);
  CheckUnified(resources.unified, at + "/unified", faults);
}

}  // namespace tare::spec
