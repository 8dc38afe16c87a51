// The session keyring of a container, so that its processes do not see the keys of the runtime's caller.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::security {

// Joins a new session keyring named "_ses.ID" and lets its owner search it, as runc does. `label` is an
// SELinux label for it, or empty. It is not an error if the kernel does not support keyrings (ENOSYS).
Status JoinSessionKeyring(const std::string& container_id, const std::string& label);

}  // namespace tare::security
