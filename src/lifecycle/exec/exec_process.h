// The process that `exec` is asked to run, as one document.
#pragma once

#include "base/status.h"
#include "lifecycle/exec/exec.h"
#include "spec/config.h"

namespace tare::lifecycle {

// The document of --process, with what it leaves out of user, umask, capabilities, labels, limits, priorities
// and CPUs taken from the container's config.json, as runc does; else that of config.json with the command
// line put over it.
StatusOr<spec::Process> ExecProcess(const spec::Config& config, const ExecOptions& options);

// "UID[:GID]", both numbers of 32 bits and not spec::kNoId; nothing else (CVE-2016-3697, CVE-2026-30892).
Status ParseUser(const std::string& text, spec::User& user);

}  // namespace tare::lifecycle
