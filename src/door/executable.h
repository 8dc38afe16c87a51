// The executable that carries out an act (stub.cc), in a sealed memfd together with the act.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::door {

class Executable {
 public:
  // For the runtime, before it clones. EACCES: this machine does not execute memfds (sysctl
  // vm.memfd_noexec=2, Linux 6.3).
  static StatusOr<Executable> Make();

  // For the process that becomes the program: writes the block of `act` (act.h), seals the file and executes
  // it, with the arguments and the environment that the program will get. Descriptors that the act needs are
  // made inheritable. Returns only with an error, which is that of the program if it concerns arguments
  // (E2BIG).
  Status Execute(absl::string_view act, const std::vector<int>& needed, const std::vector<std::string>& args,
                 const std::vector<std::string>& env) const;

 private:
  explicit Executable(kernel::Fd file) : file_(std::move(file)) {}

  kernel::Fd file_;
};

}  // namespace tare::door
