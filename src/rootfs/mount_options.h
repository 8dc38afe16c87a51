// The option words of config.md's mount table, in one table: what each means to the kernel.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "kernel/mount.h"

namespace tare::rootfs {

// MS_LAZYTIME, which is in linux/mount.h: that cannot be included beside sys/mount.h.
inline constexpr uint64_t kLazytime = 1 << 25;

struct Propagation {
  uint64_t kind = 0;  // MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE
  kernel::Recursion recursion = kernel::Recursion::kThisMount;
};

enum class Idmap { kNone, kThisMount, kAllBelow };

// The options of one mount, translated. What no table knows is data for the file system.
struct MountOptions {
  uint64_t flags = 0;          // MS_* of mount(2) that words set, of the mount or its file system
  uint64_t cleared_flags = 0;  // and those that words clear; none is in both
  kernel::MountChange recursive_attributes;  // of this mount and all below it (rro and so on; Linux 5.12)
  std::vector<Propagation> propagation;      // in the order written
  std::vector<std::string> data;             // "size=64k", "newinstance"
  bool bind = false;
  kernel::Recursion bind_recursion = kernel::Recursion::kThisMount;
  bool remount = false;
  bool copy_up = false;  // tmpcopyup
  // Of a bind, as crun has them: a source that is a link is copied; or is what is mounted; and a destination
  // that is a link is what is mounted on.
  bool copy_symlink = false;
  kernel::LastLink source_link = kernel::LastLink::kFollow;
  kernel::LastLink destination_link = kernel::LastLink::kFollow;
  Idmap idmap = Idmap::kNone;
};

// One string may hold several options, as in mount(8): "size=10k,mode=755". What parts them is a comma that
// is not escaped ("lowerdir=/a\\,b" of overlayfs), not between double quotes (the categories of an SELinux
// context), and not before a node of tmpfs's "mpol". Escapes and quotes stay. Empty options are left out.
std::vector<std::string> SplitOptions(absl::string_view text);

MountOptions ParseMountOptions(const std::vector<std::string>& options);

// Every word of the table, sorted: `mountOptions` of `tare features`.
std::vector<std::string> KnownOptions();

// linux.rootfsPropagation; empty is rslave, as in runc.
StatusOr<Propagation> ParseRootPropagation(const std::string& word);

// Splits a data option: "mode=755" is {"mode", "755"}, "newinstance" is {"newinstance", ""}. Quotes around
// an SELinux context go: fsconfig(2) takes it as it is.
std::pair<std::string, std::string> SplitDataOption(const std::string& option);

// The layers of overlayfs's "lowerdir", one value each for its "lowerdir+" and "datadir+" (after "::"; Linux
// 6.8): escapes are gone.
struct Layer {
  const char* key;
  std::string path;
};
std::vector<Layer> SplitLowerDirs(absl::string_view value);

}  // namespace tare::rootfs
