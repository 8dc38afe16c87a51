// The process that `exec` is asked to run, as one document.
#pragma once

#include "base/status.h"
#include "lifecycle/exec/options.h"
#include "spec/config.h"

namespace tare::lifecycle {

// The document of --process; as with runc, the user, umask, capabilities, labels, limits, priorities and CPUs
// that it leaves out are those of the container's config.json. Without --process, the process of config.json
// as changed by the command line.
StatusOr<spec::Process> ExecProcess(const spec::Config& config, const ExecOptions& options);

// "UID[:GID]": two numbers of 32 bits, other than spec::kNoId. Anything else is an
// error (CVE-2016-3697, CVE-2026-30892).
Status ParseUser(const std::string& text, spec::User& user);

}  // namespace tare::lifecycle
