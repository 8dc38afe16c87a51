// Carries out a namespaces::Plan: setns(2), unshare(2), and the clone that creates init.
#pragma once

#include <map>
#include <string>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/process.h"
#include "namespaces/plan.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// Parent: joins the namespaces in plan.around_clone, clones with plan.clone, and returns to its own
// namespaces. `cgroup` is the descriptor of a v2 cgroup for the child, or -1.
StatusOr<kernel::Child> SpawnInit(const Plan& plan, int cgroup, absl::FunctionRef<int()> body);

// Child: joins plan.in_child. If a user namespace is among them, those that belong to an outer user namespace
// are joined before it.
Status JoinInChild(const Plan& plan);

// Child: creates the namespaces in plan.in_joined_user, except a pid namespace (see plan.second_clone()).
Status MakeInJoinedUser(const Plan& plan);

// Child, after it has become root in its user namespace: unshare(CLONE_NEWIPC).
Status NewIpcNamespace();

// Child: unshare(CLONE_NEWCGROUP). The root of the new namespace is the process's current cgroup.
Status NewCgroupNamespace();

// Child: creates a time namespace with the given offsets, and enters it (time_namespaces(7)).
Status NewTimeNamespace(const Plan& plan, const std::map<std::string, spec::TimeOffset>& offsets);

}  // namespace tare::namespaces
