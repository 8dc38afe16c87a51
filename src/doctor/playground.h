// Where a probe tries what needs privileges: namespaces of the probe's own process, which disappear with it.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "doctor/probe.h"
#include "kernel/fd.h"

namespace tare::doctor {

// Makes new namespaces (CLONE_NEW*) for this process. A user gets a user namespace around them, as root of
// which the process goes on. In a new mount namespace nothing is shared with the machine.
Status EnterPlayground(const Patient& patient, uint64_t namespaces);

// A new user namespace, in which this process is root: its own IDs are the only ones that are mapped.
Status EnterUserNamespace(uint64_t namespaces);

// A mount of `type` that is attached nowhere.
StatusOr<kernel::Fd> NewMount(const std::string& type);

// Runs `body` in a child, which is in the new pid namespace if there is one. Returns its error.
Status InChild(absl::FunctionRef<Status()> body);

}  // namespace tare::doctor
