#include "cgroup/v1/cpuset.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"

namespace tare::cgroup::v1 {
namespace {

// The value of `path`, taken over from above if it had none. The root of the hierarchy always has one, so
// that the recursion ends there at the latest.
StatusOr<std::string> Inherit(const std::string& path, const char* file, bool leaf) {
  const std::string name = absl::StrCat(path, "/", file);
  TARE_ASSIGN_OR_RETURN(std::string value, kernel::ReadFile(name));
  value = std::string(absl::StripSuffix(value, "\n"));
  if (!value.empty()) return value;
  TARE_ASSIGN_OR_RETURN(value, Inherit(path.substr(0, path.find_last_of('/')), file, false));
  Status status = kernel::WriteFile(name, value);
  if (!status.ok() && !(leaf && ErrnoOf(status) == EINVAL)) return status;
  return value;
}

}  // namespace

Status InheritCpuset(const std::string& path) {
  TARE_RETURN_IF_ERROR(Inherit(path, "cpuset.cpus", true).status());
  return Inherit(path, "cpuset.mems", true).status();
}

}  // namespace tare::cgroup::v1
