#include "base/kernel_version.h"

#include <sys/utsname.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tare {
namespace {

// Major and minor number; {0, 0} if they cannot be read.
std::pair<int, int> VersionOf(absl::string_view release) {
  const std::vector<std::string> numbers = absl::StrSplit(release, absl::ByAnyChar(".-+"));
  std::pair<int, int> version;
  if (numbers.size() < 2 || !absl::SimpleAtoi(numbers[0], &version.first) ||
      !absl::SimpleAtoi(numbers[1], &version.second))
    return {};
  return version;
}

}  // namespace

bool IsTooOld(absl::string_view release) {
  const std::pair<int, int> version = VersionOf(release);
  return version.first != 0 && version < VersionOf(kOldestKernel);
}

std::string TooOldKernel() {
  utsname name{};
  if (uname(&name) != 0 || !IsTooOld(name.release)) return "";
  return absl::StrCat("tare needs Linux ", kOldestKernel, " or newer, and this is ", name.release);
}

}  // namespace tare
