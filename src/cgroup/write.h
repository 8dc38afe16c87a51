// What is written into a cgroup's files: the result of translating linux.resources, and its execution.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup {

enum class Missing { kError, kIgnore };
enum class Refused { kError, kRetryLast };

struct Write {
  std::string file;
  std::string value;

  // kRetryLast: the kernel checks this value against one that another write of the list changes (memory limit
  // and memory+swap limit, period and quota), and which of the two must go first depends on what is there
  // now. If it says EINVAL, this one is written again after all others.
  Refused refused = Refused::kError;

  // What to do if the file does not exist: an error, nothing, or another file if one is named.
  Missing missing = Missing::kError;
  std::string other_file = {};
  std::string other_value = {};
  std::string absence = {};  // why the machine may have neither, for the error

  bool operator==(const Write&) const = default;
};

// "memory" of "memory.max", "hugetlb" of "hugetlb.2MB.max".
absl::string_view ControllerOf(absl::string_view file);

// Finds the directory that has the files of a controller; its error says how one gets it.
using DirectoryOf = std::function<StatusOr<Directory*>(absl::string_view controller)>;

// Performs the writes in order, each with one write(2). Stops at the first error, which names the file.
Status Perform(const std::vector<Write>& writes, const DirectoryOf& directory_of);

}  // namespace tare::cgroup
