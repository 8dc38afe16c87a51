// The session keyring of a container: its processes must not see the keys of the runtime's caller.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::security {

// Joins a new session keyring named "_ses.ID" and lets its owner search it, as runc does. A kernel without
// keyrings (ENOSYS) is not an error. `label` is an SELinux label for it, or empty.
Status JoinSessionKeyring(const std::string& container_id, const std::string& label);

}  // namespace tare::security
