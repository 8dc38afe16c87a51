// The writes to a cgroup's files that linux.resources is translated to, and their execution.
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

  // kRetryLast: the kernel checks this value against another one that is also written (the limits of memory
  // and of memory+swap, period and quota), and which of the two has to be written first depends on the old
  // values. If the kernel returns EINVAL, this value is written again after all others.
  Refused refused = Refused::kError;

  // What happens if the file does not exist: an error, nothing, or a write to another file if one is named.
  Missing missing = Missing::kError;
  std::string other_file = {};
  std::string other_value = {};
  std::string why_missing = {};  // for the error: why the machine may have neither file

  bool operator==(const Write&) const = default;
};

// "memory" for "memory.max", "hugetlb" for "hugetlb.2MB.max".
absl::string_view ControllerOf(absl::string_view file);

// Finds the directory with the files of a controller. Its error says how to get one.
using DirectoryOf = std::function<StatusOr<Directory*>(absl::string_view controller)>;

// Performs the writes in order, each with one write(2). Stops at the first error, which names the file.
Status Perform(const std::vector<Write>& writes, const DirectoryOf& directory_of);

}  // namespace tare::cgroup
