// Protects the runtime's executable from being overwritten by a container (CVE-2019-5736).
//
// /proc/PID/exe of a process that enters a container refers to the runtime's executable, and a program in the
// image may be a script that begins with "#!/proc/self/exe". Root in the container could open that file for
// writing as soon as it is not being executed any more, and the next tare on the host would be the attacker's
// program. So tare executes itself again from a place where it cannot be written.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::security {

// Returns at once if this process runs from a read-only mount or a sealed memfd. Otherwise executes the same
// command line again, with the same environment and descriptors, from a detached read-only mount of the
// executable: it is not in any mount namespace, so it cannot be made writable. A caller that is not
// permitted to mount uses a sealed copy in memory instead (memfd_create(2)). In this case it returns only if
// there is an error.
//
// Measured with an executable of 0.8 MB on Linux 6.18: plain exec 0.4 ms, detached mount 0.4 ms, sealed
// copy 0.8 ms.
Status ProtectOwnExecutable();

// Executes this program with the command line `line` (its first word is the name), protected in the same way.
// For a child process that continues as something else. Returns only if there is an error.
Status ExecuteProtected(std::vector<std::string> line);

}  // namespace tare::security
