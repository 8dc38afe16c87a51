#include "resctrl/stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/file.h"

namespace tare::resctrl {
namespace {

std::string Text(const std::string& path) {
  const StatusOr<std::string> text = kernel::ReadFile(path);
  return text.ok() ? std::string(absl::StripAsciiWhitespace(*text)) : "";
}

// Also absent if the kernel has a word instead of a number: "Unavailable", "Error".
std::optional<uint64_t> Number(const std::string& path) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(Text(path), &number)) return std::nullopt;
  return number;
}

struct Schemata {
  std::string root;   // of the default group
  std::string group;  // of the container's class
};

// The line of a resource: "L3:0=ff;1=ff".
std::string SchemaOf(absl::string_view schemata, absl::string_view resource) {
  for (absl::string_view line : absl::StrSplit(schemata, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, absl::StrCat(resource, ":"))) return std::string(line);
  }
  return "";
}

std::optional<spec::RdtShare> ReadShare(const std::string& root, const Schemata& schemata,
                                        const char* resource, std::initializer_list<const char*> files) {
  const std::string info = absl::StrCat(root, "/info/", resource, "/");
  if (access(info.c_str(), F_OK) != 0) return std::nullopt;
  spec::RdtShare share{.mask = Text(info + "cbm_mask"),
                       .root_schema = SchemaOf(schemata.root, resource),
                       .schema = SchemaOf(schemata.group, resource)};
  for (const char* file : files)
    if (const std::optional<uint64_t> limit = Number(info + file)) share.limits[file] = *limit;
  return share;
}

// One directory for each cache: "mon_L3_00", "mon_L3_01".
std::vector<std::string> CountersIn(const std::string& directory) {
  const StatusOr<kernel::Fd> opened = kernel::Open(directory, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return {};
  std::vector<std::string> names = kernel::ListDirectory(opened->get()).value_or(std::vector<std::string>());
  std::erase_if(names, [](const std::string& name) { return !absl::StartsWith(name, "mon_L3_"); });
  std::ranges::sort(names);
  return names;
}

}  // namespace

spec::RdtStats ReadStats(const std::string& root, const Group& group) {
  const Schemata schemata = {.root = Text(root + "/schemata"), .group = Text(group.control + "/schemata")};
  spec::RdtStats stats{
      .cache = ReadShare(root, schemata, "L3", {"min_cbm_bits", "num_closids"}),
      .bandwidth = ReadShare(root, schemata, "MB",
                             {"bandwidth_gran", "delay_linear", "min_bandwidth", "num_closids"})};
  const std::string counters = (group.monitor.empty() ? group.control : group.monitor) + "/mon_data/";
  for (const std::string& cache : CountersIn(counters)) {
    const std::string directory = absl::StrCat(counters, cache, "/");
    const auto total = Number(directory + "mbm_total_bytes");
    const auto local = Number(directory + "mbm_local_bytes");
    if (total || local) stats.traffic.push_back({.total = total.value_or(0), .local = local.value_or(0)});
    if (const auto bytes = Number(directory + "llc_occupancy")) stats.occupancy.push_back(*bytes);
  }
  return stats;
}

}  // namespace tare::resctrl
