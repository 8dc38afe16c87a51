// A bundle on disk: config.json read and checked, and where its rootfs is.
#pragma once

#include <string>

#include "base/status.h"
#include "connect/config.h"
#include "lifecycle/create/options.h"
#include "lifecycle/runtime.h"
#include "spec/config.h"

namespace tare::lifecycle {

struct Bundle {
  std::string path;     // absolute, as the caller named it (not resolved)
  std::string rootfs;   // absolute and resolved; a directory
  std::string json;     // config.json as read, with the edits of the command line
  spec::Config config;  // with what its networks change
  connect::Files network_files;
};

// Reads a config.json.
StatusOr<std::string> ReadConfig(const std::string& path);

// The directory that root.path names, absolute and resolved.
StatusOr<std::string> FindRootfs(const std::string& bundle, const std::string& root);

// FailedPrecondition. A container without a process can be created, but not started. runc refuses to create
// it, in these words.
Status NoProcessError();

// Reads and checks the config.json that `options` names: by default the one in the bundle.
StatusOr<Bundle> LoadBundle(const Runtime& runtime, const CreateOptions& options);

}  // namespace tare::lifecycle
