// uid_map and gid_map of a new user namespace (user_namespaces(7)).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// The file's text: a line a mapping.
std::string IdMapText(const std::vector<spec::IdMapping>& mappings);

// The id outside of the user namespace of an id inside; the same id if it is not mapped.
uint32_t HostId(uint32_t id, const std::vector<spec::IdMapping>& mappings);

// Writes the maps of `pid`, a child of ours in a new user namespace. A caller without CAP_SETUID goes through
// newuidmap(1) and newgidmap(1), or, if it maps just itself, denies setgroups first (CVE-2014-8989).
Status WriteIdMaps(pid_t pid, const std::vector<spec::IdMapping>& uids,
                   const std::vector<spec::IdMapping>& gids);

// A user namespace that exists only to carry these mappings: for idmapped mounts.
StatusOr<kernel::Fd> UserNamespaceWith(const std::vector<spec::IdMapping>& uids,
                                       const std::vector<spec::IdMapping>& gids);

// Child, in the user namespace with these mappings: uid and gid 0, no supplementary groups. Where root is not
// mapped, the first id that is: it has all rights in there as well. Empty: one whose mappings are not known,
// where the caller then stays who it is.
Status BecomeRootInside(const std::vector<spec::IdMapping>& uids, const std::vector<spec::IdMapping>& gids);

}  // namespace tare::namespaces
