#include "cgroup/v1/cpuset.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"

namespace tare::cgroup::v1 {
namespace {

StatusOr<std::string> ReadValue(const std::string& file) {
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile(file));
  return std::string(absl::StripSuffix(text, "\n"));
}

std::string Parent(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

// Returns the value of `path`, which it copies from above if it is empty. The root of the hierarchy always
// has one, so the recursion ends there at the latest.
StatusOr<std::string> Inherited(const std::string& path, const std::string& file) {
  const std::string name = absl::StrCat(path, "/", file);
  TARE_ASSIGN_OR_RETURN(std::string value, ReadValue(name));
  if (!value.empty()) return value;
  TARE_ASSIGN_OR_RETURN(value, Inherited(Parent(path), file));
  TARE_RETURN_IF_ERROR(kernel::WriteFile(name, value));
  return value;
}

Status Inherit(const std::string& path, const std::string& file, bool fresh) {
  const std::string name = absl::StrCat(path, "/", file);
  if (!fresh) {
    TARE_ASSIGN_OR_RETURN(const std::string own, ReadValue(name));
    if (!own.empty()) return absl::OkStatus();
  }
  TARE_ASSIGN_OR_RETURN(const std::string value, Inherited(Parent(path), file));
  Status status = kernel::WriteFile(name, value);
  return ErrnoOf(status) == EINVAL ? absl::OkStatus() : status;
}

}  // namespace

Status InheritCpuset(const std::string& path, bool fresh) {
  TARE_RETURN_IF_ERROR(Inherit(path, "cpuset.cpus", fresh));
  return Inherit(path, "cpuset.mems", fresh);
}

}  // namespace tare::cgroup::v1
