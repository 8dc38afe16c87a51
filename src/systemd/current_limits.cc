#include "systemd/current_limits.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cgroup/directory.h"
#include "cgroup/limits.h"

namespace tare::systemd {
namespace {

using cgroup::Directory;
using cgroup::IsSet;

constexpr uint64_t kUsualShares = 1024;  // the kernel's for a group that is no longer idle
constexpr char kUsualWeight[] = "100";   // the same as cpu.weight

Directory DirectoryOf(const cgroup::Manager& files, const char* controller) {
  const auto found = files.paths().find(files.unified() ? "" : controller);
  return Directory(found == files.paths().end() ? "" : found->second);
}

std::string Contents(Directory& directory, const char* file) {
  return directory.path().empty() ? "" : directory.Read(file).value_or("");
}

// "QUOTA PERIOD", where "max" or -1 means no quota.
void ReadBandwidth(absl::string_view text, CurrentLimits& current) {
  const std::pair<absl::string_view, absl::string_view> words = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  uint64_t period = 0;
  if (!absl::SimpleAtoi(words.second, &period) || period == 0) return;
  current.period = period;
  if (!absl::SimpleAtoi(words.first, &current.quota)) current.quota = -1;
}

bool GivesWeight(const spec::Resources& resources) {
  return IsSet(resources.cpu.shares) || resources.unified.contains("cpu.weight") ||
         resources.unified.contains("cpu.weight.nice");
}

void CompleteBandwidth(spec::Resources& resources, const CurrentLimits& current) {
  spec::CpuResources& cpu = resources.cpu;
  const bool given = IsSet(cpu.quota) || IsSet(cpu.period);
  const bool rewritten = GivesWeight(resources) || cpu.idle || resources.unified.contains("cpu.idle");
  if (!given && !(rewritten && current.quota >= 0)) return;
  if (!IsSet(cpu.quota)) cpu.quota = current.quota;
  if (!IsSet(cpu.period)) cpu.period = current.period;
}

// A weight ends idleness (systemd.resource-control(5), CPUWeight=), and ending idleness requires a weight.
void CompleteIdle(spec::Resources& resources) {
  spec::CpuResources& cpu = resources.cpu;
  auto& unified = resources.unified;
  const bool has_weight = GivesWeight(resources);
  const auto idle = unified.find("cpu.idle");
  const bool given = cpu.idle || idle != unified.end();
  if (has_weight && !given) cpu.idle = 0;
  if (has_weight) return;
  if (cpu.idle == 0) cpu.shares = kUsualShares;
  if (idle != unified.end() && idle->second == "0") unified["cpu.weight"] = kUsualWeight;
}

// Lines such as "254:0 400" are those of disks; "default 100" is not.
std::optional<spec::WeightDevice> DiskWeight(absl::string_view line) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, absl::ByAnyChar(": "));
  spec::WeightDevice disk;
  uint32_t weight = 0;
  if (words.size() != 3 || !absl::SimpleAtoi(words[0], &disk.major) ||
      !absl::SimpleAtoi(words[1], &disk.minor) || !absl::SimpleAtoi(words[2], &weight) || weight > UINT16_MAX)
    return std::nullopt;
  disk.weight = static_cast<uint16_t>(weight);
  return disk;
}

void KeepDiskWeights(spec::BlockIoResources& io, const std::string& bfq_weight) {
  if (!IsSet(io.weight)) return;
  std::vector<spec::WeightDevice> all;
  for (absl::string_view line : absl::StrSplit(bfq_weight, '\n', absl::SkipEmpty()))
    if (auto disk = DiskWeight(line)) all.push_back(*disk);
  all.insert(all.end(), io.weight_device.begin(),
             io.weight_device.end());  // last, so that they take precedence
  io.weight_device = std::move(all);
}

}  // namespace

CurrentLimits ReadCurrentLimits(const cgroup::Manager& files) {
  CurrentLimits current;
  Directory cpu = DirectoryOf(files, "cpu");
  const std::string bandwidth = files.unified() ? Contents(cpu, "cpu.max")
                                                : absl::StrCat(Contents(cpu, "cpu.cfs_quota_us"), " ",
                                                               Contents(cpu, "cpu.cfs_period_us"));
  ReadBandwidth(bandwidth, current);
  current.idle = Contents(cpu, "cpu.idle") == "1";
  Directory io = DirectoryOf(files, "blkio");
  current.bfq_weight = Contents(io, files.unified() ? "io.bfq.weight" : "blkio.bfq.weight_device");
  return current;
}

bool NeedsPeriodOfUnit(const spec::Resources& resources, const CurrentLimits& current) {
  return current.quota < 0 && !IsSet(resources.cpu.period) &&
         (IsSet(resources.cpu.quota) || resources.unified.contains("cpu.max"));
}

spec::Resources Complete(spec::Resources resources, const CurrentLimits& current) {
  if (current.idle) CompleteIdle(resources);
  CompleteBandwidth(resources, current);
  if (const auto max = resources.unified.find("cpu.max"); max != resources.unified.end()) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(max->second, absl::ByAnyChar(" \n"), absl::SkipEmpty());
    if (words.size() == 1)
      max->second = absl::StrCat(words[0], " ", resources.cpu.period.value_or(current.period));
  }
  KeepDiskWeights(resources.block_io, current.bfq_weight);
  return resources;
}

}  // namespace tare::systemd
