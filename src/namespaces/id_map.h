// uid_map and gid_map of a new user namespace (user_namespaces(7)).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// The content of the file: one line per mapping.
std::string IdMapText(const std::vector<spec::IdMapping>& mappings);

// The ID outside the user namespace for the ID `id` inside it, or `id` itself if it is not mapped.
uint32_t HostId(uint32_t id, const std::vector<spec::IdMapping>& mappings);

// Writes the maps of `pid`, a child of ours in a new user namespace. If the caller lacks CAP_SETUID,
// this uses newuidmap(1) and newgidmap(1); or, if only the caller's own IDs are mapped, it first
// denies setgroups(2) (CVE-2014-8989).
Status WriteIdMaps(pid_t pid, const std::vector<spec::IdMapping>& uids,
                   const std::vector<spec::IdMapping>& gids);

// Creates a user namespace that exists only to hold these mappings, for idmapped mounts.
StatusOr<kernel::Fd> UserNamespaceWith(const std::vector<spec::IdMapping>& uids,
                                       const std::vector<spec::IdMapping>& gids);

enum class Groups { kDrop, kKeep };

// Child, in the user namespace with these mappings: sets user and group ID 0, and drops the supplementary
// groups. If root is not mapped, sets the first ID that is mapped; it has all capabilities there as well.
// Empty mappings mean that they are not known; then IDs that cannot be set are kept.
Status BecomeRootInside(const std::vector<spec::IdMapping>& uids, const std::vector<spec::IdMapping>& gids,
                        Groups groups = Groups::kDrop);

}  // namespace tare::namespaces
