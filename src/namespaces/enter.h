// Carries out a namespaces::Plan: setns(2), unshare(2), the clone that makes init.
#pragma once

#include <map>
#include <string>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/process.h"
#include "namespaces/plan.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// Parent: clones with plan.clone, inside the namespaces of plan.around_clone; the caller is back in its own
// when this returns. `cgroup` is a v2 directory or -1.
StatusOr<kernel::Child> SpawnInit(const Plan& plan, int cgroup, absl::FunctionRef<int()> body);

// Child: joins plan.in_child. Where the user namespace is joined, what an outer one owns is joined before it.
Status JoinInChild(const Plan& plan);

// Child: makes plan.in_joined_user without the pid namespace (that takes plan.second_clone()).
Status MakeInJoinedUser(const Plan& plan);

// Child, when it is root in its user namespace: unshare(CLONE_NEWIPC).
Status NewIpcNamespace();

// Child: unshare(CLONE_NEWCGROUP); its root is where the process is now.
Status NewCgroupNamespace();

// Child: a new time namespace with the given offsets, entered by the caller (time_namespaces(7)).
Status NewTimeNamespace(const Plan& plan, const std::map<std::string, spec::TimeOffset>& offsets);

}  // namespace tare::namespaces
