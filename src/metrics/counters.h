// Access by name to the counters in the kernel's files, such as memory.stat.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tare::metrics {

class Counters {
 public:
  explicit Counters(const std::map<std::string, uint64_t>& counters) : counters_(counters) {}
  // 0 if this kernel does not have the counter.
  uint64_t operator[](const char* name) const {
    const auto found = counters_.find(name);
    return found == counters_.end() ? 0 : found->second;
  }

 private:
  const std::map<std::string, uint64_t>& counters_;
};

}  // namespace tare::metrics
