// A socket in the container for sd_notify(3), if our caller has one for us (NOTIFY_SOCKET): its
// directory, in the container's, is mounted on /run/notify. What arrives there is a matter of notify_relay.h.
//
// As under runc. The container gets a socket of ours and not the caller's, where it could ask to forget the
// service's processes, to keep descriptors, or to take another process for its main one.
#pragma once

#include <string>

#include "base/status.h"
#include "container/store.h"
#include "kernel/fd.h"
#include "lifecycle/runtime.h"
#include "spec/config.h"

namespace tare::lifecycle {

// NOTIFY_SOCKET of our caller: a path, or an abstract name that begins with "@". Empty: none.
std::string CallersNotifySocket();

// What the container gets to find its socket by: a mount, the last one, and an environment variable in place
// of the one that `config` may have.
void AddNotifySocket(const Runtime& runtime, const std::string& id, spec::Config& config);

// The directory to be mounted, without a socket: that is bound when somebody reads it.
Status MakeNotifyDirectory(const container::Directory& directory);

// Any user of the container may write to the socket. FailedPrecondition: the container was created without
// NOTIFY_SOCKET.
StatusOr<kernel::Fd> BindNotifySocket(const container::Directory& directory);

}  // namespace tare::lifecycle
