#include "metrics/host.h"

#include <sys/stat.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kernel/file.h"

namespace tare::metrics {
namespace {

constexpr size_t kColumns = 16;  // of /proc/PID/net/dev, after the name

std::vector<absl::string_view> Words(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

bool IsOurNetwork(const std::string& proc) {
  struct stat theirs, ours;
  if (stat(absl::StrCat(proc, "/ns/net").c_str(), &theirs) != 0) return true;
  if (stat("/proc/self/ns/net", &ours) != 0) return true;
  return theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

}  // namespace

DeviceNames ParsePartitions(absl::string_view text) {
  DeviceNames names;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words = Words(line);
    uint64_t major = 0, minor = 0;
    if (words.size() < 4 || !absl::SimpleAtoi(words[0], &major) || !absl::SimpleAtoi(words[1], &minor))
      continue;  // the heading
    names.try_emplace({major, minor}, absl::StrCat("/dev/", words[3]));
  }
  return names;
}

Interfaces ParseNetDev(absl::string_view text) {
  Interfaces interfaces;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.rfind(':');  // the name may contain one
    if (colon == absl::string_view::npos) continue;
    const std::vector<absl::string_view> words = Words(line.substr(colon + 1));
    uint64_t columns[kColumns] = {};
    if (words.size() < kColumns) continue;
    for (size_t i = 0; i < kColumns; ++i) (void)absl::SimpleAtoi(words[i], &columns[i]);
    interfaces.push_back({.name = std::string(absl::StripAsciiWhitespace(line.substr(0, colon))),
                          .rx_bytes = columns[0],
                          .rx_packets = columns[1],
                          .rx_errors = columns[2],
                          .rx_dropped = columns[3],
                          .tx_bytes = columns[8],
                          .tx_packets = columns[9],
                          .tx_errors = columns[10],
                          .tx_dropped = columns[11]});
  }
  return interfaces;
}

HostFacts LookAtHost(pid_t init, BlockDevices devices) {
  HostFacts facts;
  if (devices == BlockDevices::kNamed) {
    const StatusOr<std::string> partitions = kernel::ReadFile("/proc/partitions");
    if (partitions.ok()) facts.devices = ParsePartitions(*partitions);
  }
  const std::string proc = absl::StrCat("/proc/", init);
  if (IsOurNetwork(proc)) return facts;
  const StatusOr<std::string> interfaces = kernel::ReadFile(absl::StrCat(proc, "/net/dev"));
  if (interfaces.ok()) facts.interfaces = ParseNetDev(*interfaces);
  return facts;
}

}  // namespace tare::metrics
