// The runtime options in containerd's configuration or in a request.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "messages/google.h"
#include "messages/options.h"

namespace tare::shim {

// The directory for container state if Options.root is empty. Each namespace has a directory below it, so
// that `tare --root /run/containerd/tare/NAMESPACE list` shows its containers.
inline constexpr char kDefaultRoot[] = "/run/containerd/tare";

// `any` is a containerd.runc.v1.Options or a runtimeoptions.v1.Options. The latter contains TOML
// (config_body, or the file config_path) with the same settings under CRI's names ("SystemdCgroup = true").
// Empty means the defaults. An error names the setting.
StatusOr<messages::Options> ParseOptions(const messages::Any& any);

// Reads TOML's "Name = value" lines with strings, numbers and booleans. Skips table headers and comments.
StatusOr<messages::Options> ParseToml(absl::string_view text);

}  // namespace tare::shim
