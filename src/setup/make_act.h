// From what config.json says about the process to its last act (door/act.h).
#pragma once

#include "base/status.h"
#include "door/act.h"
#include "security/capabilities.h"
#include "setup/act.h"
#include "setup/process_setup.h"

namespace tare::setup {

// `act` with everything that init and a process of exec have in common: labels, no_new_privs, IDs,
// `capabilities`, filter, and the program in `text`. An error if the kernel does not run the module of a
// label.
StatusOr<ActBlock> MakeAct(const ProcessSetup& setup, const door::Act& act,
                           const security::CapabilitySets& capabilities, ActText text);

}  // namespace tare::setup
