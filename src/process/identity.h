// The identity of the process (user, groups, umask) and its working directory.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// setgroups(2), setresgid(2), setresuid(2), umask(2). Permitted capabilities survive (PR_SET_KEEPCAPS), for
// the caller sets the final ones next. An id that the user namespace does not map is an error that says so.
Status BecomeUser(const spec::User& user, mode_t default_umask);

// Makes standard input, output and error the user's, so that /dev/stdout can be opened again; streams that
// cannot be given away (sockets of others, /dev/null) stay as they are.
void OwnStandardStreams(uid_t uid);

enum class Entered { kYes, kNotPermitted };

// chdir(2), then proof that the directory is inside the root: a leaked descriptor of the host could have been
// named as /proc/self/fd/N (CVE-2024-21626). As root a directory may be forbidden that its user may enter
// (root-squashed NFS): then the answer is kNotPermitted, and the caller tries again as the user.
StatusOr<Entered> EnterWorkingDirectory(const std::string& cwd);

}  // namespace tare::process
