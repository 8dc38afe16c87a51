#include "systemd/properties.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cgroup/device_rules.h"
#include "cgroup/limits.h"
#include "cgroup/v2/translate.h"

namespace tare::systemd {
namespace {

using cgroup::DevicePolicy;
using cgroup::IsSet;
using dbus::Pairs;
using dbus::Property;
using dbus::Value;

constexpr uint64_t kMicroseconds = 1'000'000;
constexpr uint64_t kIdle = 0;               // CPUWeight=idle
constexpr uint64_t kUsualPeriod = 100'000;  // microseconds, the default of the kernel and of systemd
constexpr uint64_t kSmallestStep = kMicroseconds / 100;

uint64_t Limit(int64_t value) {
  return value < 0 ? kInfinity : static_cast<uint64_t>(value);
}

// Rounded up to whole percents of a CPU, as runc does, because older versions of systemd have
// no finer resolution.
uint64_t QuotaPerSecond(uint64_t quota, uint64_t period) {
  const uint64_t exact = quota * kMicroseconds / period;
  return (exact + kSmallestStep - 1) / kSmallestStep * kSmallestStep;
}

// The cpu.weight for each value of cpu.weight.nice, -20 to 19: each is 1.25 times the next one
// (sched_prio_to_weight in kernel/sched/core.c, and sched_weight_to_cgroup()).
constexpr uint64_t kWeightOfNice[] = {8668, 7007, 5516, 4519, 3544, 2847, 2271, 1827, 1460, 1164,
                                      932,  744,  596,  479,  381,  305,  244,  194,  155,  125,
                                      100,  80,   64,   51,   41,   33,   27,   21,   17,   13,
                                      11,   8,    7,    5,    4,    4,    3,    2,    2,    1};

// A device number, or "*" for any.
std::string Part(const std::optional<int64_t>& number) {
  return number ? absl::StrCat(*number) : "*";
}

std::string Access(const spec::DeviceRule& rule) {
  const unsigned access = cgroup::AccessOf(rule);
  return absl::StrCat((access & cgroup::kRead) != 0 ? "r" : "", (access & cgroup::kWrite) != 0 ? "w" : "",
                      (access & cgroup::kMknod) != 0 ? "m" : "");
}

// DeviceAllow= can express single nodes, all nodes of a major number, and all nodes, but not an
// exception to them.
std::optional<Pairs> DeviceList(const DevicePolicy& policy) {
  if (policy.allow) return std::nullopt;
  Pairs list;
  for (const spec::DeviceRule& rule : policy.rules) {
    if (!rule.allow && list.empty()) continue;
    if (!rule.allow || (!rule.major && rule.minor)) return std::nullopt;
    const char* kind = rule.type == 'b' ? "block" : "char";
    list.emplace_back(rule.minor ? absl::StrCat("/dev/", kind, "/", *rule.major, ":", *rule.minor)
                                 : absl::StrCat(kind, "-", Part(rule.major)),
                      Access(rule));
  }
  return list;
}

class Translation {
 public:
  Translation(const spec::Resources& resources, bool update, Files files)
      : resources_(resources), update_(update), files_(files) {}

  StatusOr<std::vector<Property>> Run() && {
    if (files_ == Files::kV1)
      V1();
    else
      TARE_RETURN_IF_ERROR(V2());
    Bandwidth();
    if (resources_.pids_limit)
      Add("TasksMax", resources_.pids_limit == 0 ? 1 : Limit(*resources_.pids_limit));
    for (const auto& [file, value] : resources_.unified)
      for (const std::string& line : cgroup::UnifiedLines(value))
        TARE_RETURN_IF_ERROR(Unified(file, line), "unified: ", file);
    if (!update_ || !resources_.devices.empty()) {
      for (Property& property : DeviceProperties(resources_.devices))
        properties_.push_back(std::move(property));
    }
    return std::move(properties_);
  }

 private:
  void Add(const char* name, Value value) { properties_.push_back({name, std::move(value)}); }

  // systemd supports cpusets, swap limits and idleness only on v2.
  void V1() {
    if (IsSet(resources_.memory.limit)) Add("MemoryLimit", Limit(*resources_.memory.limit));
    if (IsSet(resources_.cpu.shares)) Add("CPUShares", *resources_.cpu.shares);
    if (IsSet(resources_.block_io.weight))
      Add("BlockIOWeight", static_cast<uint64_t>(*resources_.block_io.weight));
  }

  Status V2() {
    Memory();
    Weights();
    return Cpuset();
  }

  void Memory() {
    const spec::MemoryResources& memory = resources_.memory;
    if (IsSet(memory.limit)) Add("MemoryMax", Limit(*memory.limit));
    if (IsSet(memory.reservation)) Add("MemoryLow", Limit(*memory.reservation));
    const bool lift = IsSet(memory.limit) && *memory.limit == -1;
    if (lift || (IsSet(memory.swap) && *memory.swap == -1))
      Add("MemorySwapMax", kInfinity);
    else if (IsSet(memory.swap) && IsSet(memory.limit))
      Add("MemorySwapMax", static_cast<uint64_t>(*memory.swap - *memory.limit));
  }

  void Weights() {
    const spec::CpuResources& cpu = resources_.cpu;
    if (cpu.idle.value_or(0) == 1)
      Add("CPUWeight", kIdle);
    else if (IsSet(cpu.shares))
      Add("CPUWeight", cgroup::v2::WeightOfShares(*cpu.shares));
    if (!IsSet(resources_.block_io.weight)) return;
    const uint64_t weight = *resources_.block_io.weight;
    Add("IOWeight", files_ == Files::kV2WithBfq ? IoWeightForBfq(weight) : cgroup::v2::IoWeight(weight));
  }

  void Bandwidth() {
    const spec::CpuResources& cpu = resources_.cpu;
    if (IsSet(cpu.period)) Add("CPUQuotaPeriodUSec", *cpu.period);
    if (!IsSet(cpu.quota)) return;
    const uint64_t period = IsSet(cpu.period) ? *cpu.period : kUsualPeriod;
    Add("CPUQuotaPerSecUSec",
        *cpu.quota < 0 ? kInfinity : QuotaPerSecond(static_cast<uint64_t>(*cpu.quota), period));
  }

  Status Cpuset() {
    const spec::CpuResources& cpu = resources_.cpu;
    TARE_RETURN_IF_ERROR(AddBits("AllowedCPUs", cpu.cpus.value_or("")), "cpu.cpus");
    return Annotate(AddBits("AllowedMemoryNodes", cpu.mems.value_or("")), "cpu.mems");
  }

  Status AddBits(const char* name, const std::string& list) {
    if (list.empty()) return absl::OkStatus();
    TARE_ASSIGN_OR_RETURN(std::vector<uint8_t> bits, BitsOf(list));
    Add(name, std::move(bits));
    return absl::OkStatus();
  }

  static StatusOr<uint64_t> Number(const std::string& text) {
    if (text == "max") return kInfinity;
    uint64_t number = 0;
    if (!absl::SimpleAtoi(text, &number))
      return InvalidError("\"", text, "\" is neither a number nor \"max\"");
    return number;
  }

  Status AddNumber(const char* name, const std::string& text) {
    TARE_ASSIGN_OR_RETURN(const uint64_t number, Number(text));
    Add(name, number);
    return absl::OkStatus();
  }

  // systemd reads 0 as idle and "max" as unset; the kernel accepts neither.
  static StatusOr<uint64_t> Weight(absl::string_view text, uint64_t most) {
    uint64_t weight = 0;
    if (absl::SimpleAtoi(text, &weight) && weight >= 1 && weight <= most) return weight;
    return InvalidError("\"", text, "\" is not between 1 and ", most);
  }

  Status Nice(const std::string& text) {
    int nice = 0;
    if (!absl::SimpleAtoi(text, &nice) || nice < -20 || nice > 19)
      return InvalidError("\"", text, "\" is not between -20 and 19");
    Add("CPUWeight", kWeightOfNice[nice + 20]);
    return absl::OkStatus();
  }

  // "[default] WEIGHT" applies to all disks. "MAJOR:MINOR WEIGHT" applies to one disk; systemd has no
  // property for it.
  Status IoWeight(const std::string& lines, Files weighed) {
    const bool bfq = weighed == Files::kV2WithBfq;
    for (absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
      if (absl::StrContains(line, ':')) continue;
      absl::ConsumePrefix(&line, "default ");
      TARE_ASSIGN_OR_RETURN(const uint64_t weight, Weight(line, bfq ? 1000 : 10000));
      Add("IOWeight", bfq ? IoWeightForBfq(weight) : weight);
    }
    return absl::OkStatus();
  }

  // "QUOTA [PERIOD]"
  Status CpuMax(const std::string& text) {
    const std::vector<std::string> words = absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
    if (words.empty() || words.size() > 2) return InvalidError("\"", text, "\" is not \"QUOTA PERIOD\"");
    TARE_ASSIGN_OR_RETURN(const uint64_t quota, Number(words[0]));
    uint64_t period = kUsualPeriod;
    if (words.size() == 2) {
      TARE_ASSIGN_OR_RETURN(period, Number(words[1]));
      if (period == 0 || period == kInfinity) return InvalidError("invalid period \"", words[1], "\"");
      Add("CPUQuotaPeriodUSec", period);
    }
    Add("CPUQuotaPerSecUSec", quota == kInfinity ? kInfinity : QuotaPerSecond(quota, period));
    return absl::OkStatus();
  }

  // Translates files of `unified`, by their kernel names. Files that systemd has no property for are
  // left to us.
  Status Unified(const std::string& file, const std::string& value) {
    if (file == "cpu.max") return CpuMax(value);
    if (file == "cpuset.cpus") return AddBits("AllowedCPUs", value);
    if (file == "cpuset.mems") return AddBits("AllowedMemoryNodes", value);
    if (file == "cpu.idle") {
      if (value == "1") Add("CPUWeight", kIdle);
      return absl::OkStatus();
    }
    if (file == "memory.oom.group") {  // OOMPolicy= can only be set on a new scope
      if (!update_) Add("OOMPolicy", std::string(value == "1" ? "kill" : "continue"));
      return absl::OkStatus();
    }
    if (file == "memory.zswap.writeback") {
      Add("MemoryZSwapWriteback", value != "0");
      return absl::OkStatus();
    }
    if (file == "io.weight") return IoWeight(value, Files::kV2);
    if (file == "io.bfq.weight") return IoWeight(value, Files::kV2WithBfq);
    if (file == "cpu.weight") {
      TARE_ASSIGN_OR_RETURN(const uint64_t weight, Weight(value, 10000));
      Add("CPUWeight", weight);
      return absl::OkStatus();
    }
    if (file == "cpu.weight.nice") return Nice(value);
    if (file == "pids.max" &&
        value == "0") {  // systemd does not accept 0, and 1 has the same effect once init is in it
      Add("TasksMax", uint64_t{1});
      return absl::OkStatus();
    }
    constexpr std::pair<const char*, const char*> kNumbers[] = {
        {"memory.min", "MemoryMin"},
        {"memory.low", "MemoryLow"},
        {"memory.high", "MemoryHigh"},
        {"memory.max", "MemoryMax"},
        {"memory.swap.max", "MemorySwapMax"},
        {"memory.zswap.max", "MemoryZSwapMax"},
        {"pids.max", "TasksMax"},
    };
    for (const auto& [name, property] : kNumbers)
      if (file == name) return AddNumber(property, value);
    return absl::OkStatus();
  }

  const spec::Resources& resources_;
  const bool update_;
  const Files files_;
  std::vector<Property> properties_;
};

}  // namespace

StatusOr<std::vector<Property>> PropertiesOf(const spec::Resources& resources, bool update, Files files) {
  return Translation(resources, update, files).Run();
}

uint64_t IoWeightForBfq(uint64_t weight) {
  return weight <= 100 ? weight : 100 + (weight - 100) * 11;  // 100 to 10000 become 100 to 1000
}

int KnownSince(const Property& property) {
  if (property == Property{"CPUWeight", kIdle}) return 252;
  if (property.name == "MemoryZSwapWriteback") return 256;
  return property.name == "OOMPolicy" || property.name == "MemoryZSwapMax" ? 253 : 0;
}

std::vector<Property> DeviceProperties(const std::vector<spec::DeviceRule>& rules) {
  std::optional<Pairs> list = DeviceList(cgroup::CompletePolicy(rules));
  // systemd appends to lists; an empty list clears the old one first.
  if (!list) return {{"DevicePolicy", std::string("auto")}, {"DeviceAllow", Pairs()}};
  return {
      {"DevicePolicy", std::string("strict")}, {"DeviceAllow", Pairs()}, {"DeviceAllow", *std::move(list)}};
}

StatusOr<std::vector<uint8_t>> BitsOf(const std::string& list) {
  constexpr unsigned kMost = 8191;  // the maximum of CONFIG_NR_CPUS is 8192
  std::vector<uint8_t> bits;
  for (absl::string_view range : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    const std::vector<absl::string_view> ends = absl::StrSplit(range, '-');
    unsigned first = 0;
    unsigned last = 0;
    if (ends.size() > 2 || !absl::SimpleAtoi(ends.front(), &first) || !absl::SimpleAtoi(ends.back(), &last) ||
        first > last || last > kMost)
      return InvalidError("\"", list, "\": \"", range, "\" is not a number or a range");
    bits.resize(std::max<size_t>(bits.size(), last / 8 + 1));
    for (unsigned bit = first; bit <= last; ++bit)
      bits[bit / 8] = static_cast<uint8_t>(bits[bit / 8] | 1u << bit % 8);
  }
  return bits;
}

}  // namespace tare::systemd
