// The supervisor that a command asks before it acts on a container.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"
#include "session/client.h"

namespace tare::commands {

inline StatusOr<session::SupervisorClient> FindSupervisor(const lifecycle::Runtime& runtime,
                                                          const std::string& id) {
  if (!runtime.ask_supervisor) return session::SupervisorClient();
  return session::SupervisorClient::Find(runtime.root, id);
}

}  // namespace tare::commands
