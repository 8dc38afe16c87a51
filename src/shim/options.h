// What containerd's configuration, or a request, says of how containers are made.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "messages/google.h"
#include "messages/options.h"

namespace tare::shim {

// Where the state of containers is, below which a directory a namespace, unless Options.root says otherwise:
// `tare --root /run/containerd/tare/NAMESPACE list` shows them.
inline constexpr char kDefaultRoot[] = "/run/containerd/tare";

// Of a containerd.runc.v1.Options, or a runtimeoptions.v1.Options, in whose TOML (config_body, or the file
// config_path) the same settings are CRI's ("SystemdCgroup = true"). Empty: the defaults. An error names the
// setting.
StatusOr<messages::Options> ParseOptions(const messages::Any& any);

// "Name = value" lines of TOML: strings, numbers and booleans; tables and comments are passed over.
StatusOr<messages::Options> ParseToml(absl::string_view text);

}  // namespace tare::shim
