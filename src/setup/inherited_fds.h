// The descriptors that the runtime's caller hands on to a container's process: those of LISTEN_FDS
// (sd_listen_fds(3)) and of --preserve-fds.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::setup {

struct InheritedFds {
  int first_closed = 3;          // from this one on, no descriptor reaches the program
  std::vector<std::string> env;  // LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES
};

// Makes the descriptors from 3 on inheritable, LISTEN_FDS of them and `preserve_fds` more, and all above
// close-on-exec. An error if one of them is not open.
StatusOr<InheritedFds> PassFds(int preserve_fds);

}  // namespace tare::setup
