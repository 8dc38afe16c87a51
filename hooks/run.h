// Runs lifecycle hooks (config.md, "POSIX-platform Hooks").
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config.h"

namespace tare::hooks {

// Runs the hooks in order in the caller's namespaces: each gets `state_json` on stdin, exactly its own
// environment, and no descriptor but 0 to 2 (stdout and stderr are kept apart and quoted in the error, the
// last 4 KiB of them). A hook that ends with another code than 0, dies of a signal, or outlives its timeout
// (it is killed, with its process group) ends the row with an error: `createRuntime hook 1 (/bin/x): exit
// status 3: <what it wrote on stderr>`. `kind` is the spec's word ("createRuntime"). Usable in a child of
// clone3 as well (no threads, no atexit).
Status Run(const std::vector<spec::Hook>& hooks, absl::string_view kind, const std::string& state_json);

}  // namespace tare::hooks
