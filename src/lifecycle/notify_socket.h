// A socket for sd_notify(3) in the container, if our caller has given us one (NOTIFY_SOCKET): its directory,
// a part of the container's, is mounted on /run/notify. notify_relay.h reads what arrives there.
//
// As with runc, the container gets a socket of ours and not the caller's, which accepts more: to store
// descriptors, or to take another process for the main one of the service.
#pragma once

#include <string>

#include "base/status.h"
#include "container/store.h"
#include "kernel/fd.h"
#include "lifecycle/runtime.h"
#include "spec/config.h"

namespace tare::lifecycle {

// Where its directory is mounted in the container.
inline constexpr char kNotifyMountPoint[] = "/run/notify";

// NOTIFY_SOCKET of our caller: a path, or an abstract name that begins with "@". Empty: none.
std::string CallersNotifySocket();

// Adds what the container needs to find its socket: a mount, the last one, and the environment variable,
// which overrides one in `config`.
void AddNotifySocket(const Runtime& runtime, const std::string& id, spec::Config& config);

// Makes the directory that is mounted, still without the socket.
Status MakeNotifyDirectory(const container::Directory& directory);
bool HasNotifyDirectory(const container::Directory& directory);
std::string NotifyDirectoryOf(const container::Directory& directory);

// Binds the socket, which any user of the container may write to. FailedPrecondition: the container was
// created without NOTIFY_SOCKET.
StatusOr<kernel::Fd> BindNotifySocket(const container::Directory& directory);

}  // namespace tare::lifecycle
