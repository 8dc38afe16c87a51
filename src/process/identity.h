// The identity of a process (user, groups, umask) and its working directory.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// setgroups(2), unless the process keeps its groups. User and group follow with the last act (door/act.h).
Status TakeGroups(const spec::User& user);

// Changes the effective IDs only, for a while: from 0 to those of a user, and back.
Status SetEffectiveIds(uid_t uid, gid_t gid);

// The error of a call that was given an ID: if the user namespace does not map it, the error says so.
Status IdError(int error, const std::string& call);

// Makes the user the owner of standard input, output and error, so that it can open /dev/stdout again.
// Streams whose owner may not be changed (/dev/null, some sockets) are left alone.
void OwnStandardStreams(uid_t uid);

enum class Entered { kYes, kNotPermitted };

// chdir(2), and then a check that the directory is inside the root: `cwd` could be /proc/self/fd/N, a leaked
// descriptor of the host (CVE-2024-21626). kNotPermitted: root may not enter the directory, but the user may
// be allowed to (NFS with root_squash), so the caller tries again as the user.
StatusOr<Entered> EnterWorkingDirectory(const std::string& cwd);

}  // namespace tare::process
