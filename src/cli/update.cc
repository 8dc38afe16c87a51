#include "commands/update.h"

#include <unistd.h>

#include <charconv>
#include <limits>
#include <optional>

#include "base/bytes.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "kernel/file.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "resources",
     .alias = "r",
     .value = "FILE",
     .completes = Completes::kFile,
     .help = "read limits from this file, a JSON document like linux.resources in config.json; - is standard "
             "input"},
    {.name = "blkio-weight", .kind = FlagKind::kInt, .value = "N", .help = "block I/O weight, 10 to 1000"},
    {.name = "cpu-period", .value = "USECS", .help = "period of the CPU quota, in microseconds"},
    {.name = "cpu-quota", .value = "USECS", .help = "CPU time per period, in microseconds; -1 for no limit"},
    {.name = "cpu-burst", .value = "USECS", .help = "unused quota that can be saved up, in microseconds"},
    {.name = "cpu-share", .value = "N", .help = "relative share of CPU time; the kernel's default is 1024"},
    {.name = "cpu-rt-period", .value = "USECS", .help = "period of the realtime limit, in microseconds"},
    {.name = "cpu-rt-runtime", .value = "USECS", .help = "realtime CPU time per period, in microseconds"},
    {.name = "cpu-idle",
     .value = "0|1",
     .completes = Completes::kWords,
     .help = "1: run only when the CPU is idle (SCHED_IDLE)"},
    {.name = "cpuset-cpus", .value = "LIST", .help = "CPUs to run on, such as 0-3,7"},
    {.name = "cpuset-mems", .value = "LIST", .help = "memory nodes to use, such as 0-1"},
    {.name = "memory", .value = "SIZE", .help = "memory limit, such as 512m or 1.5g; -1 for no limit"},
    {.name = "memory-reservation",
     .value = "SIZE",
     .help = "memory that the container keeps when the host runs short"},
    {.name = "memory-swap", .value = "SIZE", .help = "limit of memory and swap together; -1 for no limit"},
    {.name = "kernel-memory",
     .value = "SIZE",
     .help = "ignored; removed from the kernel",
     .visibility = Visibility::kHidden},
    {.name = "kernel-memory-tcp",
     .value = "SIZE",
     .help = "ignored; removed from the kernel",
     .visibility = Visibility::kHidden},
    {.name = "pids-limit",
     .kind = FlagKind::kInt,
     .value = "N",
     .help = "number of processes and threads; -1 for no limit"},
    {.name = "l3-cache-schema",
     .value = "SCHEMA",
     .help = "Intel RDT: share of the L3 cache, such as L3:0=ff;1=ff"},
    {.name = "mem-bw-schema",
     .value = "SCHEMA",
     .help = "Intel RDT: share of memory bandwidth, such as MB:0=50;1=50"},
};

Status BadValue(absl::string_view name, absl::string_view text) {
  return InvalidError("invalid value for ", name, ": \"", text, "\"");
}

// A decimal number, or nothing without the flag. An empty value counts as nothing: scripts
// pass unset variables.
template <typename Number>
StatusOr<std::optional<Number>> NumberFlag(const Arguments& arguments, absl::string_view name) {
  std::string text = arguments.String(name);
  if (text.empty()) return std::nullopt;
  Number number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return BadValue(name, text);
  return number;
}

StatusOr<std::optional<int64_t>> BytesFlag(const Arguments& arguments, absl::string_view name) {
  std::string text = arguments.String(name);
  if (text.empty()) return std::nullopt;
  TARE_ASSIGN_OR_RETURN(int64_t bytes, ParseBytes(text), "invalid value for ", name);
  return bytes;
}

template <typename T>
Status Set(std::optional<T>& limit, const StatusOr<std::optional<T>>& flag) {
  TARE_RETURN_IF_ERROR(flag.status());
  if (flag->has_value()) limit = *flag;
  return absl::OkStatus();
}

Status SetCpu(spec::CpuResources& cpu, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(Set(cpu.period, NumberFlag<uint64_t>(arguments, "cpu-period")));
  TARE_RETURN_IF_ERROR(Set(cpu.quota, NumberFlag<int64_t>(arguments, "cpu-quota")));
  TARE_RETURN_IF_ERROR(Set(cpu.burst, NumberFlag<uint64_t>(arguments, "cpu-burst")));
  TARE_RETURN_IF_ERROR(Set(cpu.shares, NumberFlag<uint64_t>(arguments, "cpu-share")));
  TARE_RETURN_IF_ERROR(Set(cpu.realtime_period, NumberFlag<uint64_t>(arguments, "cpu-rt-period")));
  TARE_RETURN_IF_ERROR(Set(cpu.realtime_runtime, NumberFlag<int64_t>(arguments, "cpu-rt-runtime")));
  TARE_RETURN_IF_ERROR(Set(cpu.idle, NumberFlag<int64_t>(arguments, "cpu-idle")));
  if (std::string cpus = arguments.String("cpuset-cpus"); !cpus.empty()) cpu.cpus = cpus;
  if (std::string mems = arguments.String("cpuset-mems"); !mems.empty()) cpu.mems = mems;
  return absl::OkStatus();
}

Status SetMemory(spec::MemoryResources& memory, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(Set(memory.limit, BytesFlag(arguments, "memory")));
  TARE_RETURN_IF_ERROR(Set(memory.reservation, BytesFlag(arguments, "memory-reservation")));
  return Set(memory.swap, BytesFlag(arguments, "memory-swap"));
}

Status SetBlockIo(spec::BlockIoResources& block_io, const Arguments& arguments) {
  int64_t weight = arguments.Int("blkio-weight");
  if (weight == 0) return absl::OkStatus();
  if (weight < 10 || weight > 1000) return BadValue("blkio-weight", absl::StrCat(weight));
  block_io.weight = static_cast<uint16_t>(weight);
  return absl::OkStatus();
}

StatusOr<spec::Resources> ResourcesFrom(const std::string& path) {
  if (path.empty()) return spec::Resources{};
  bool standard_input = path == "-";
  StatusOr<std::string> json =
      standard_input ? kernel::ReadAll(STDIN_FILENO, "standard input") : kernel::ReadFile(path);
  TARE_RETURN_IF_ERROR(json.status());
  return spec::ParseResources(*json, standard_input ? "standard input" : path);
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(spec::Resources resources, ResourcesFrom(arguments.String("resources")));
  TARE_ASSIGN_OR_RETURN(resources, WithLimits(std::move(resources), arguments));
  TARE_ASSIGN_OR_RETURN(const spec::IntelRdt rdt, RdtOf(arguments));
  TARE_RETURN_IF_ERROR(commands::Update(runtime, arguments.words()[0], resources, rdt));
  return 0;
}

}  // namespace

StatusOr<spec::IntelRdt> RdtOf(const Arguments& arguments) {
  spec::IntelRdt rdt{.l3_cache_schema = arguments.String("l3-cache-schema"),
                     .mem_bw_schema = arguments.String("mem-bw-schema")};
  const std::string& bandwidth = rdt.mem_bw_schema;
  if (!bandwidth.empty() && (!bandwidth.starts_with("MB:") || bandwidth.find('\n') != bandwidth.npos))
    return BadValue("mem-bw-schema", bandwidth);
  return rdt;
}

StatusOr<spec::Resources> WithLimits(spec::Resources resources, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(SetCpu(resources.cpu, arguments));
  TARE_RETURN_IF_ERROR(SetMemory(resources.memory, arguments));
  TARE_RETURN_IF_ERROR(SetBlockIo(resources.block_io, arguments));
  if (arguments.Has("pids-limit")) resources.pids_limit = arguments.Int("pids-limit");
  for (absl::string_view name : {"kernel-memory", "kernel-memory-tcp"}) {
    if (!arguments.String(name).empty())
      log::Warning("--", name, " is ignored: the kernel no longer has this limit");
  }
  TARE_RETURN_IF_ERROR(spec::Check(resources));
  return resources;
}

constinit const Command kUpdateCommand = {
    .name = "update",
    .group = Group::kLifecycle,
    .summary = "change the resource limits of a container",
    .operands = "ID",
    .description = "Limits that are not given stay as they are. Flags override --resources.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
