// Attaches containers to networks by calling CNI plugins, and detaches them again.
//
// What is done is recorded first (record.h), so Detach() releases everything whatever has happened since: the
// process that attached the container was killed, the container was killed, the list was removed, or the
// machine was rebooted. Attach() and Detach() of one container wait for each other.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/places.h"
#include "hooks/cni/record.h"
#include "hooks/cni/request.h"
#include "hooks/cni/result.h"

namespace tare::cni {

// Attaches container `id` of the runtime root `root`, whose init is process `pid`, to the networks of
// `request`, in this order. Returns a Joined for each of them. If this fails, everything that was done is
// undone, and nothing is recorded unless undoing it failed, too; then Detach() can be tried again. What an
// earlier container of the same name has left behind is released first; a container that is attached and
// alive is an error (AlreadyExists).
StatusOr<std::vector<Joined>> Attach(const Places& places, const std::string& root, const std::string& id,
                                     pid_t pid, const Request& request);

// Releases what the record says, in reverse order, and removes it. OK if nothing is recorded. If a plugin
// fails, the others are called all the same; the first error is returned, and what it concerns stays
// recorded.
Status Detach(const Places& places, const std::string& root, const std::string& id);

// CHECK of every plugin in the order of ADD: the container still has what it was given. Lists before 0.4.0,
// which has no CHECK, and those with disableCheck are left out. NotFound: nothing is recorded.
Status Check(const Places& places, const std::string& root, const std::string& id);

// What is recorded, without waiting for an Attach() or Detach() that is at work.
StatusOr<std::optional<Record>> Load(const Places& places, const std::string& root, const std::string& id);

}  // namespace tare::cni
