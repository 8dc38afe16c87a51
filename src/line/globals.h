// The global flags, and the settings that follow from them and from the caller.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "base/log.h"
#include "base/status.h"
#include "lifecycle/runtime.h"
#include "line/flags.h"

namespace tare::line {

std::span<const Flag> GlobalFlags();

StatusOr<log::Options> LogOptions(const Arguments& globals);

// The facts that the defaults of --root and --rootless depend on.
struct Caller {
  uid_t euid = 0;
  bool in_user_namespace = false;
  std::string user;         // $USER
  std::string runtime_dir;  // $XDG_RUNTIME_DIR
  std::string working_directory;
};
Caller ThisCaller();

// Runtime::root is made absolute, because `create` may change the working directory.
StatusOr<lifecycle::Runtime> RuntimeOf(const Arguments& globals, const Caller& caller);

// True if `caller` gets $XDG_RUNTIME_DIR/tare as the root directory when there is no --root.
bool HasPrivateRoot(const Caller& caller);

// Creates that directory, owned by the caller and with the sticky bit: cleaning jobs do not remove sticky
// files from $XDG_RUNTIME_DIR (XDG Base Directory Specification).
Status MakePrivateRoot(const std::string& root);

}  // namespace tare::line
