#include "container/exit.h"

#include <cerrno>

#include "kernel/file.h"

namespace tare::container {

Status SaveExit(int dir, const std::string& name, const spec::Exit& exit) {
  return kernel::ReplaceFile(dir, name, spec::ExitJson(exit), 0600);
}

StatusOr<spec::Exit> LoadExit(int dir, const std::string& name) {
  StatusOr<std::string> json = kernel::ReadFileAt(dir, name);
  if (ErrnoOf(json.status()) == ENOENT) return absl::NotFoundError(absl::StrCat(name, " does not exist"));
  TARE_RETURN_IF_ERROR(json.status());
  return spec::ParseExit(*json, name);
}

}  // namespace tare::container
