// What of a container is not saved in its images, because it belongs to the host: sources of bind mounts and
// given namespaces. CRIU has to be told at the dump and at the restore, with the same names.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "messages/criu.h"
#include "namespaces/plan.h"
#include "rootfs/build.h"
#include "spec/config.h"

namespace tare::checkpoint {

struct ExternalMount {
  std::string destination;  // as config.json has it: links may lead elsewhere
  std::string source;       // on the host, absolute
};

// The mounts that `config` asks for, and those of the cgroups in `cgroups` if the container has them by bind
// mounts (rootfs/mount_actions.h).
std::vector<ExternalMount> ExternalMounts(const spec::Config& config,
                                          const std::vector<rootfs::MountStep>& mounts,
                                          const rootfs::CgroupView& cgroups);

// `root` is the container's root directory, with everything mounted.
std::vector<messages::CriuMount> MountsToDump(const std::vector<ExternalMount>& mounts,
                                              const spec::Config& config, int root);
// `root` is its rootfs on the host.
std::vector<messages::CriuMount> MountsToRestore(const std::vector<ExternalMount>& mounts,
                                                 const spec::Config& config, int root);

// The network and pid namespaces that config.json gives by path, as init is in them: "net[4026531840]:...".
StatusOr<std::vector<std::string>> NamespacesToDump(const std::vector<spec::Namespace>& joined, pid_t init);

// Sets `inherit_fds` and `join_ns` for the given namespaces, and returns the descriptors that CRIU has to
// inherit; they are the plan's.
StatusOr<std::vector<int>> NamespacesToRestore(const namespaces::Plan& plan, messages::CriuOptions& options);

}  // namespace tare::checkpoint
