// config.json's mounts as an ordered list of what to do: pure translation, nothing is touched.
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
  size_t index = 0;  // in config.json's mounts, for messages
  std::string destination;
  std::string source;  // of a bind: absolute
  std::string type;
  MountOptions options;
  // It was to be read-only, which `options` no longer say: it becomes so only at the end, because others are
  // mounted below a tmpfs, and nodes made in /dev.
  bool read_only_later = false;
  std::vector<spec::IdMapping> uid_mappings;
  std::vector<spec::IdMapping> gid_mappings;

  bool idmapped() const { return options.idmap != Idmap::kNone || !uid_mappings.empty(); }
};

// Both are absolute. Relative bind sources, "" among them, are below the bundle. A destination that begins
// with the path of the rootfs is meant below it, as under runc since 1.2.
std::vector<MountStep> PlanMounts(const std::vector<spec::Mount>& mounts, const std::string& bundle,
                                  const std::string& rootfs);

// What an error of a step begins with: runc's words, then the place in config.json.
std::string Naming(const MountStep& step);

}  // namespace tare::rootfs
