#include "spec/stats.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "json/writer.h"

namespace tare::spec {
namespace {

// Like runc, leaves out most numbers that are 0 (Go's "omitempty").
void AddUnlessZero(json::Output& object, const char* name, uint64_t value) {
  if (value != 0) object[name] = value;
}
template <typename T>
void AddUnlessEmpty(json::Output& object, const char* name, const std::vector<T>& values) {
  if (!values.empty()) object[name] = values;
}

json::Output StallObject(const Stall& stall) {
  return {{"avg10", stall.average10},
          {"avg60", stall.average60},
          {"avg300", stall.average300},
          {"total", stall.total}};
}

void AddPressure(json::Output& object, const std::optional<Pressure>& pressure) {
  if (!pressure) return;
  object["psi"] = {{"some", StallObject(pressure->some)}, {"full", StallObject(pressure->full)}};
}

json::Output CpuObject(const CpuStats& cpu) {
  json::Output usage = json::Output::object();
  AddUnlessZero(usage, "total", cpu.total);
  AddUnlessEmpty(usage, "percpu", cpu.per_cpu);
  AddUnlessEmpty(usage, "percpu_kernel", cpu.per_cpu_kernel);
  AddUnlessEmpty(usage, "percpu_user", cpu.per_cpu_user);
  usage["kernel"] = cpu.kernel;
  usage["user"] = cpu.user;
  json::Output throttling = json::Output::object();
  AddUnlessZero(throttling, "periods", cpu.periods);
  AddUnlessZero(throttling, "throttledPeriods", cpu.throttled_periods);
  AddUnlessZero(throttling, "throttledTime", cpu.throttled_time);
  json::Output object = {{"usage", std::move(usage)}, {"throttling", std::move(throttling)}};
  AddPressure(object, cpu.pressure);
  return object;
}

json::Output CpusetObject(const CpusetStats& cpuset) {
  json::Output object = json::Output::object();
  AddUnlessEmpty(object, "cpus", cpuset.cpus);
  AddUnlessEmpty(object, "mems", cpuset.mems);
  for (const char* flag :
       {"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
        "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level"}) {
    auto found = cpuset.flags.find(flag);
    object[flag] = found == cpuset.flags.end() ? 0 : found->second;
  }
  return object;
}

json::Output MemoryUseObject(const MemoryUse& use) {
  json::Output object = {{"limit", use.limit}};
  AddUnlessZero(object, "usage", use.usage);
  AddUnlessZero(object, "max", use.peak);
  object["failcnt"] = use.failures;
  return object;
}

// Scripts search the output of `events` for "oom", so statistics must not contain it. runc's never do.
std::string SpellOom(const std::string& event) {
  return absl::StrReplaceAll(event, {{"oom", "out_of_memory"}});
}

json::Output MemoryObject(const MemoryStats& memory) {
  json::Output object = json::Output::object();
  AddUnlessZero(object, "cache", memory.cache);
  object["usage"] = MemoryUseObject(memory.memory);
  object["swap"] = MemoryUseObject(memory.memory_and_swap);
  object["kernel"] = MemoryUseObject(memory.kernel);
  object["kernelTCP"] = MemoryUseObject(memory.kernel_tcp);
  if (!memory.raw.empty()) object["raw"] = memory.raw;
  AddPressure(object, memory.pressure);
  for (const auto& [name, count] : memory.events) object["event_count"][SpellOom(name)] = count;
  return object;
}

json::Output PidsObject(const PidsStats& pids) {
  json::Output object = json::Output::object();
  AddUnlessZero(object, "current", pids.current);
  AddUnlessZero(object, "limit", pids.limit);
  return object;
}

void AddIo(json::Output& object, const char* name, const IoEntries& entries) {
  if (entries.empty()) return;
  json::Output& list = object[name] = json::Output::array();
  for (const IoEntry& entry : entries) {
    json::Output line = json::Output::object();
    AddUnlessZero(line, "major", entry.major);
    AddUnlessZero(line, "minor", entry.minor);
    if (!entry.operation.empty()) line["op"] = entry.operation;
    AddUnlessZero(line, "value", entry.value);
    list.push_back(std::move(line));
  }
}

json::Output IoObject(const IoStats& io) {
  json::Output object = json::Output::object();
  AddIo(object, "ioServiceBytesRecursive", io.service_bytes);
  AddIo(object, "ioServicedRecursive", io.serviced);
  AddIo(object, "ioQueueRecursive", io.queued);
  AddIo(object, "ioServiceTimeRecursive", io.service_time);
  AddIo(object, "ioWaitTimeRecursive", io.wait_time);
  AddIo(object, "ioMergedRecursive", io.merged);
  AddIo(object, "ioTimeRecursive", io.time);
  AddIo(object, "sectorsRecursive", io.sectors);
  AddPressure(object, io.pressure);
  return object;
}

json::Output HugepagesObject(const std::map<std::string, HugepageStats>& hugepages) {
  json::Output object = json::Output::object();
  for (const auto& [size, stats] : hugepages) {
    json::Output one = json::Output::object();
    AddUnlessZero(one, "usage", stats.usage);
    AddUnlessZero(one, "max", stats.peak);
    one["failcnt"] = stats.failures;
    object[size] = std::move(one);
  }
  return object;
}

void AddUnlessEmpty(json::Output& object, const std::string& name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

// `name` is runc's name for the resource: "l3_cache", "mem_bw".
void AddShare(json::Output& object, const std::string& name, const std::optional<RdtShare>& share) {
  if (!share) return;
  json::Output info = json::Output::object();
  AddUnlessEmpty(info, "cbm_mask", share->mask);
  for (const auto& [file, limit] : share->limits) AddUnlessZero(info, file.c_str(), limit);
  object[name + "_info"] = std::move(info);
  AddUnlessEmpty(object, name + "_schema_root", share->root_schema);
  AddUnlessEmpty(object, name + "_schema", share->schema);
}

json::Output RdtObject(const RdtStats& rdt) {
  json::Output object = json::Output::object();
  AddShare(object, "l3_cache", rdt.cache);
  AddShare(object, "mem_bw", rdt.bandwidth);
  for (const RdtTraffic& traffic : rdt.traffic) {
    json::Output one = json::Output::object();
    AddUnlessZero(one, "mbm_total_bytes", traffic.total);
    AddUnlessZero(one, "mbm_local_bytes", traffic.local);
    object["mbm_stats"].push_back(std::move(one));
  }
  for (const uint64_t bytes : rdt.occupancy) {
    json::Output one = json::Output::object();
    AddUnlessZero(one, "llc_occupancy", bytes);
    object["cmt_stats"].push_back(std::move(one));
  }
  return object;
}

}  // namespace

std::string StatsEventJson(absl::string_view id, const Stats& stats) {
  return json::OneLine({
      {"type", "stats"},
      {"id", std::string(id)},
      {"data",
       {
           {"cpu", CpuObject(stats.cpu)},
           {"cpuset", CpusetObject(stats.cpuset)},
           {"memory", MemoryObject(stats.memory)},
           {"pids", PidsObject(stats.pids)},
           {"blkio", IoObject(stats.io)},
           {"hugetlb", HugepagesObject(stats.hugepages)},
           {"intel_rdt", RdtObject(stats.rdt)},
           {"network_interfaces", nullptr},  // runc lists those that it created itself; there are none here
       }},
  });
}

std::string OomEventJson(absl::string_view id) {
  return json::OneLine({{"type", "oom"}, {"id", std::string(id)}});
}

}  // namespace tare::spec
