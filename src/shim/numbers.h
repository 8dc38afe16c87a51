// The kernel's named numbers (memory.stat and its like), by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tare::shim {

// 0 if this kernel does not have it.
class Numbers {
 public:
  explicit Numbers(const std::map<std::string, uint64_t>& numbers) : numbers_(numbers) {}
  uint64_t operator[](const char* name) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? 0 : found->second;
  }

 private:
  const std::map<std::string, uint64_t>& numbers_;
};

}  // namespace tare::shim
