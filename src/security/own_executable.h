// Keeps the runtime's own file out of a container's reach (CVE-2019-5736).
//
// A process that enters a container still has the runtime's executable behind /proc/PID/exe, and so has the
// program
// "#!/proc/self/exe". Root in a container could open that for writing when nobody runs it any more, and the
// next tare on the host would be the attacker's. So tare runs itself again from where it cannot be written.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::security {

// Returns at once if this process runs from a read-only mount or a sealed memfd. Else executes the same
// command line again, with the same environment and descriptors, from a detached read-only mount of the
// executable: a mount that is in no namespace, so nobody can make it writable. An unprivileged caller, who
// may not mount, gets a sealed copy in memory (memfd_create(2)). Returns otherwise only with an error.
//
// Measured with a 0.8 MB executable on Linux 6.18: plain exec 0.4 ms, detached mount 0.4 ms, sealed copy 0.8
// ms.
Status ProtectOwnExecutable();

// Executes ourselves protected in the same way, with `line` (the name first) as the command line: for a child
// that lives on as something else. Returns only with an error.
Status ExecuteProtected(std::vector<std::string> line);

}  // namespace tare::security
