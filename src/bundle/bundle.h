// Makes a bundle, a directory with a root filesystem and a config.json, from what a person has: a directory
// with a root filesystem, or an image in an OCI image layout, which umoci unpacks.
//
// Nothing is overwritten, and after an error nothing is left: everything is made in a directory of its own
// below the bundle, and moved to its place at the end.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/features.h"

namespace tare::bundle {

enum class Privileges { kRoot, kRootless };

struct Options {
  std::string directory = ".";  // the bundle; made if it is missing
  Privileges privileges = Privileges::kRoot;
  bool terminal = false;
  spec::CgroupNamespace cgroup = spec::CgroupNamespace::kShared;
};

// A directory that holds a file "oci-layout" is an image layout, any other one a root filesystem. `source`
// may end in ":TAG" for a layout; without it, the tag is "latest", or the only one that there is.
Status Make(const std::string& source, const Options& options);

// An image in a layout, as umoci takes it.
struct ImageSource {
  std::string layout;
  std::string tag;  // "": none is given

  bool operator==(const ImageSource&) const = default;
};

// `path` without its tag. A directory whose name contains a colon is preferred.
StatusOr<ImageSource> SplitTag(const std::string& path);

// The tag of an index.json to use if none is given.
StatusOr<std::string> DefaultTag(absl::string_view index);

// The config.json for a root filesystem: that of `tare spec`, but the root filesystem may be written to.
StatusOr<std::string> ConfigForRootfs(const std::string& rootfs, const Options& options);

// umoci's config.json, with what is different on this machine.
StatusOr<std::string> ConfigForImage(absl::string_view config, const Options& options);

}  // namespace tare::bundle
