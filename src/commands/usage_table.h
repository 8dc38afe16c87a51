// The table of `tare top`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "commands/top.h"

namespace tare::commands {

enum class SortKey { kCpu, kMemory, kPids, kIo, kId };

// The largest first; containers with the same number, and with kId all of them, by ID.
void Sort(std::vector<ContainerUsage>& containers, SortKey key);

// A heading and a line for each container. If the lines are longer than `columns`, IDs are shortened; 0:
// any length will do.
std::vector<std::string> UsageTable(const std::vector<ContainerUsage>& containers, size_t columns = 0);

// "512 B", "1.5 MiB"
std::string BytesInWords(uint64_t bytes);

}  // namespace tare::commands
