// Paths inside a rootfs, which is hostile: its owner may swap any component for a link at any moment. Each
// function takes the root as a descriptor, resolves as the container would see it (openat2(2)
// RESOLVE_IN_ROOT, no magic links) and answers with a descriptor of what it reached. Nothing here ever
// touches a file outside the root (CVE-2019-18837, CVE-2024-45310, CVE-2026-41579).
//
// What is made is made where a path leads, also through links to what is not there yet: with /etc/localtime
// -> /usr/share/zoneinfo/UTC in an image without zones, that file and the directories above it are made.
// ELOOP after 40 links, as in path_resolution(7).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// Opens what `path` leads to, links followed within the root.
StatusOr<Fd> OpenInRoot(int root, const std::string& path, int flags, mode_t mode = 0);

// The directory at `path` (O_PATH); it and its missing parents are made with `mode`.
StatusOr<Fd> MakeDirectoryInRoot(int root, const std::string& path, mode_t mode);

// The file at `path` (O_PATH), of any kind; if there is none, an empty regular file is made, and its parents
// (0755). A missing `path` that ends in "..", "/" or nothing is an error.
StatusOr<Fd> MakeFileInRoot(int root, const std::string& path, mode_t mode);

}  // namespace tare::kernel
