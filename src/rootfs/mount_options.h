// The mount options of config.md, in one table that translates them for the kernel.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "kernel/mount.h"

namespace tare::rootfs {

// MS_LAZYTIME. It is defined in linux/mount.h, which cannot be included together with sys/mount.h.
inline constexpr uint64_t kLazytime = 1 << 25;

struct Propagation {
  uint64_t kind = 0;  // MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE
  kernel::Recursion recursion = kernel::Recursion::kThisMount;
};

enum class Idmap { kNone, kThisMount, kAllBelow };

// The options of one mount, translated. Options that are not in the table are data for the filesystem.
struct MountOptions {
  uint64_t flags = 0;          // MS_* of mount(2) that options set, for the mount or its filesystem
  uint64_t cleared_flags = 0;  // those that options clear; no flag is in both
  kernel::MountChange recursive_attributes;  // for this mount and all below it (rro etc.; Linux 5.12)
  std::vector<Propagation> propagation;      // in the order in which they are given
  std::vector<std::string> data;             // "size=64k", "newinstance"
  bool bind = false;
  kernel::Recursion bind_recursion = kernel::Recursion::kThisMount;
  bool remount = false;
  bool copy_up = false;  // tmpcopyup
  // For a bind mount, as in crun. If the source is a symbolic link: create a copy of the link, or mount the
  // link itself. If the destination is a symbolic link: mount over the link itself.
  bool copy_symlink = false;
  kernel::LastLink source_link = kernel::LastLink::kFollow;
  kernel::LastLink destination_link = kernel::LastLink::kFollow;
  Idmap idmap = Idmap::kNone;
};

// Splits a string of several options, as in mount(8): "size=10k,mode=755". A comma does not separate options
// if it is escaped (overlayfs's "lowerdir=/a\\,b"), inside double quotes (the categories of an SELinux
// context), or in front of a node in tmpfs's "mpol". Escapes and quotes are kept. Empty options are left out.
std::vector<std::string> SplitOptions(absl::string_view text);

MountOptions ParseMountOptions(const std::vector<std::string>& options);

// The options as words again, in the order of the table, then the data. The value of an option whose name
// contains "pass" is left out.
std::vector<std::string> OptionsInWords(const MountOptions& options);

// All options in the table, sorted: `mountOptions` of `tare features`.
std::vector<std::string> KnownOptions();

// linux.rootfsPropagation. Empty means rslave, as in runc.
StatusOr<Propagation> ParseRootPropagation(const std::string& word);

// Splits a data option: "mode=755" is {"mode", "755"}, "newinstance" is {"newinstance", ""}. Quotes around an
// SELinux context are removed, because fsconfig(2), unlike mount(2), does not do that.
std::pair<std::string, std::string> SplitDataOption(const std::string& option);

// Splits overlayfs's "lowerdir" into its layers, for its options "lowerdir+" and (after "::") "datadir+",
// which take one layer each (Linux 6.8). Escapes are removed.
struct Layer {
  const char* key;
  std::string path;
};
std::vector<Layer> SplitLowerDirs(absl::string_view value);

}  // namespace tare::rootfs
