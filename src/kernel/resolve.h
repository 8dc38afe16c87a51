// Paths inside a rootfs, which is hostile: its owner may swap any component for a link at any moment. Each
// function takes the root as a descriptor, resolves as the container would see it (openat2(2)
// RESOLVE_IN_ROOT, no magic links) and answers with a descriptor of what it reached. Nothing here ever
// touches a file outside the root (CVE-2019-18837, CVE-2024-45310, CVE-2026-41579).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// Opens what `path` leads to, links followed within the root.
StatusOr<Fd> OpenInRoot(int root, const std::string& path, int flags, mode_t mode = 0);

// The folder at `path` (O_PATH); it and its missing parents are made with `mode`.
StatusOr<Fd> MakeDirectoryInRoot(int root, const std::string& path, mode_t mode);

// The file at `path` (O_PATH), of any kind; if there is none, an empty regular file is made, and its parents.
StatusOr<Fd> MakeFileInRoot(int root, const std::string& path, mode_t mode);

// The folder that holds the last component of `path`, made if missing, and that component's name. A `path`
// that ends in "..", "." or nothing is an error.
struct Parent {
  Fd directory;
  std::string name;
};
StatusOr<Parent> MakeParentInRoot(int root, const std::string& path, mode_t mode);

}  // namespace tare::kernel
