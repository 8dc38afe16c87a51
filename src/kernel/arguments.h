// Arguments and environments in the form that execve(2) and posix_spawn(3) take.
#pragma once

#include <string>
#include <vector>

namespace tare::kernel {

// Pointers to the `words`, which must outlive them, and a null pointer at the end. Neither call writes
// to the words.
inline std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace tare::kernel
