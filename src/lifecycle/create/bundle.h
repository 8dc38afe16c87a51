// A bundle on disk: config.json read and checked, and where its rootfs is.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/config.h"

namespace tare::lifecycle {

struct Bundle {
  std::string path;    // absolute, as the caller named it (not resolved)
  std::string rootfs;  // absolute and resolved; a directory
  std::string json;    // config.json as read
  spec::Config config;
};

// FailedPrecondition: without a process a container can be created, but not started. The words are runc's,
// which refuses to create it.
Status NoProcessError();

// With `config`, which an earlier run of the container had, in place of the bundle's own config.json, unless
// it is empty.
StatusOr<Bundle> LoadBundle(const std::string& path, const std::string& config);

}  // namespace tare::lifecycle
