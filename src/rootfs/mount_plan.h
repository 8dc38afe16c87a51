// Translates config.json's mounts into an ordered list of steps, without side effects.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "rootfs/mount_options.h"
#include "spec/config.h"

namespace tare::rootfs {

enum class MountKind { kBind, kRemount, kProc, kSysfs, kMqueue, kTmpfs, kCgroup, kFilesystem };

struct MountStep {
  MountKind kind = MountKind::kFilesystem;
  size_t index = 0;  // in config.json's mounts, for error messages
  std::string destination;
  std::string source;  // absolute for a bind mount
  std::string type;
  MountOptions options;
  // The mount becomes read-only only at the end, because other mounts go below a tmpfs, and nodes are created
  // in /dev. MS_RDONLY has been removed from `options`.
  bool read_only_later = false;
  std::vector<spec::IdMapping> uid_mappings;
  std::vector<spec::IdMapping> gid_mappings;

  bool idmapped() const { return options.idmap != Idmap::kNone || !uid_mappings.empty(); }
};

// `bundle` and `rootfs` are absolute. A relative bind source, including "", is relative to the bundle. If a
// destination begins with the path of the rootfs, that part is removed, as in runc since 1.2.
std::vector<MountStep> PlanMounts(const std::vector<spec::Mount>& mounts, const std::string& bundle,
                                  const std::string& rootfs);

// "bind /srv/data on /data, ro, rprivate", for a log.
std::string MountInWords(const MountStep& step);

// An error if the step cannot be carried out on any machine.
Status CheckMountStep(const MountStep& step);

// Why options of the step have no effect, or "".
std::string UnusedData(const MountStep& step);

// The beginning of an error in this step: runc's text, then the place in config.json.
std::string MountErrorPrefix(const MountStep& step);

}  // namespace tare::rootfs
