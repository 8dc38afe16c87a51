// The identity of a process (user, groups, umask) and its working directory.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// setgroups(2), setresgid(2), setresuid(2), umask(2). Permitted capabilities are kept (PR_SET_KEEPCAPS),
// because the caller sets the final ones next. If the user namespace does not map an ID, the error says so.
Status BecomeUser(const spec::User& user, mode_t default_umask);

// Makes the user the owner of standard input, output and error, so that it can open /dev/stdout again.
// Streams whose owner may not be changed (/dev/null, some sockets) are left alone.
void OwnStandardStreams(uid_t uid);

enum class Entered { kYes, kNotPermitted };

// chdir(2), and then a check that the directory is inside the root: `cwd` could be /proc/self/fd/N, a leaked
// descriptor of the host (CVE-2024-21626). kNotPermitted: root may not enter the directory, but the user may
// be allowed to (NFS with root_squash), so the caller tries again as the user.
StatusOr<Entered> EnterWorkingDirectory(const std::string& cwd);

}  // namespace tare::process
