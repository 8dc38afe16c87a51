#include "commands/usage_table.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tare::commands {
namespace {

constexpr size_t kColumns = 8;
constexpr size_t kGap = 2;
constexpr size_t kShortestId = 12;  // that of Docker's short IDs
using Cells = std::array<std::string, kColumns>;

// Of the limit, if there is one.
std::string Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? "-"
                    : absl::StrFormat("%.1f%%", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

Cells CellsOf(const ContainerUsage& container) {
  const stats::Usage& usage = container.usage;
  const std::string pids =
      usage.pids_limit == 0 ? absl::StrCat(usage.pids) : absl::StrCat(usage.pids, "/", usage.pids_limit);
  return {container.id,
          absl::StrFormat("%.1f%%", container.cpu_percent),
          BytesInWords(usage.memory),
          usage.memory_limit == 0 ? "-" : BytesInWords(usage.memory_limit),
          Percent(usage.memory, usage.memory_limit),
          pids,
          BytesInWords(usage.io_read),
          BytesInWords(usage.io_written)};
}

// IDs to the left, numbers to the right.
std::string Line(const Cells& row, const std::array<size_t, kColumns>& widths) {
  std::string line =
      row[0].size() > widths[0] ? absl::StrCat(row[0].substr(0, widths[0] - 3), "...") : row[0];
  line.resize(widths[0], ' ');
  for (size_t i = 1; i < kColumns; ++i)
    absl::StrAppend(&line, std::string(widths[i] + kGap - row[i].size(), ' '), row[i]);
  return line;
}

uint64_t Number(const ContainerUsage& container, SortKey key) {
  switch (key) {
    case SortKey::kCpu:
      return static_cast<uint64_t>(container.cpu_percent * 1000);
    case SortKey::kMemory:
      return container.usage.memory;
    case SortKey::kPids:
      return container.usage.pids;
    case SortKey::kIo:
      return container.usage.io_read + container.usage.io_written;
    case SortKey::kId:
      break;
  }
  return 0;
}

}  // namespace

void Sort(std::vector<ContainerUsage>& containers, SortKey key) {
  std::ranges::sort(containers, [key](const ContainerUsage& one, const ContainerUsage& other) {
    const uint64_t left = Number(one, key);
    const uint64_t right = Number(other, key);
    return left != right ? left > right : one.id < other.id;
  });
}

std::vector<std::string> UsageTable(const std::vector<ContainerUsage>& containers, size_t columns) {
  std::vector<Cells> rows = {{"ID", "CPU", "MEMORY", "LIMIT", "OF LIMIT", "PIDS", "READ", "WRITTEN"}};
  for (const ContainerUsage& container : containers) rows.push_back(CellsOf(container));
  std::array<size_t, kColumns> widths{};
  for (const Cells& row : rows)
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  size_t numbers = 0;
  for (size_t i = 1; i < kColumns; ++i) numbers += widths[i] + kGap;
  if (columns != 0 && widths[0] + numbers > columns)
    widths[0] = std::min(widths[0], std::max(kShortestId, columns - std::min(columns, numbers)));
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const Cells& row : rows) lines.push_back(Line(row, widths));
  return lines;
}

std::string BytesInWords(uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (value /= 1024; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

}  // namespace tare::commands
