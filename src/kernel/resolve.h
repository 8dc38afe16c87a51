// Paths inside a rootfs, which is hostile: any component may be replaced by a link at any moment. Each
// function takes the root as a descriptor, resolves the path as the container would (openat2(2)
// RESOLVE_IN_ROOT, no magic links), and returns a descriptor of what it reached. No file outside the root is
// ever touched (CVE-2019-18837, CVE-2024-45310, CVE-2026-41579).
//
// A missing file is made where the path leads, also through links whose target is missing: if /etc/localtime
// is a link to /usr/share/zoneinfo/UTC and the image has no time zones, that file and its directories are
// made. After 40 links the error is ELOOP, as in path_resolution(7).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// Opens `path`, and follows links within the root.
StatusOr<Fd> OpenInRoot(int root, const std::string& path, int flags, mode_t mode = 0);

// A file, link or directory that was made in a root, so that it can be removed again.
struct MadeInRoot {
  Fd parent;
  std::string name;
  bool directory = false;
};

// Removes them, the last one first. What is not there any more, or is not empty, is left: the container may
// have changed it.
void RemoveMade(const std::vector<MadeInRoot>& made);

// The directory at `path` (O_PATH). If it is missing, it and its missing parents are made with `mode`, and
// added to `made` unless that is null.
StatusOr<Fd> MakeDirectoryInRoot(int root, const std::string& path, mode_t mode,
                                 std::vector<MadeInRoot>* made = nullptr);

// The file at `path` (O_PATH), of any type. If it is missing, an empty regular file is made, and its missing
// parents with mode 0755. It is an error if `path` is missing and ends in ".." or "/", or is empty.
StatusOr<Fd> MakeFileInRoot(int root, const std::string& path, mode_t mode,
                            std::vector<MadeInRoot>* made = nullptr);

}  // namespace tare::kernel
