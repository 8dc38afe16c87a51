#include "bundle/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "kernel/file.h"

namespace tare::bundle {
namespace {

Status Taken(const std::string& directory, const std::string& name) {
  return absl::AlreadyExistsError(absl::StrCat(
      directory, "/", name, " exists, and is not overwritten: choose another directory with --bundle"));
}

// renameat2(2); EEXIST if `to` exists.
Status Move(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat("rename(", from, ", ", to, ")"));
}

void RemoveTree(const std::string& path) {
  if (const StatusOr<kernel::Fd> directory = kernel::Open(path, O_RDONLY | O_DIRECTORY); directory.ok())
    (void)kernel::EmptyDirectory(directory->get());
  rmdir(path.c_str());
}

}  // namespace

Place::Place(Place&& other) noexcept
    : path_(std::exchange(other.path_, "")),
      workshop_(std::exchange(other.workshop_, "")),
      made_(std::exchange(other.made_, false)) {}

Place::~Place() {
  if (!workshop_.empty()) RemoveTree(workshop_);
  if (made_) rmdir(path_.c_str());  // not if a bundle is in it
}

StatusOr<Place> Place::Make(const std::string& directory, mode_t mode) {
  const bool made = mkdir(directory.c_str(), mode) == 0;
  if (!made && errno != EEXIST) return ErrnoError(errno, absl::StrCat("mkdir(", directory, ")"));
  StatusOr<std::string> path = kernel::RealPath(directory);
  if (!path.ok()) return path.status();
  Place place(*std::move(path), made);
  std::string workshop = place.path_ + "/.tare-bundle-XXXXXX";
  if (mkdtemp(workshop.data()) == nullptr) return ErrnoError(errno, absl::StrCat("mkdtemp(", workshop, ")"));
  place.workshop_ = std::move(workshop);
  return place;
}

Status Place::CheckFree(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    TARE_ASSIGN_OR_RETURN(const bool exists, kernel::Exists(AT_FDCWD, absl::StrCat(path_, "/", name)));
    if (exists) return Taken(path_, name);
  }
  return absl::OkStatus();
}

Status Place::Write(const std::string& name, absl::string_view text) const {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd directory, kernel::Open(workshop_, O_PATH | O_DIRECTORY));
  return kernel::ReplaceFile(directory.get(), name, text, 0644);
}

Status Place::Finish(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const Status moved = Move(absl::StrCat(workshop_, "/", name), absl::StrCat(path_, "/", name));
    if (moved.ok()) continue;
    for (size_t back = 0; back < i; ++back)
      (void)Move(absl::StrCat(path_, "/", names[back]), absl::StrCat(workshop_, "/", names[back]));
    return ErrnoOf(moved) == EEXIST ? Taken(path_, name) : moved;
  }
  return absl::OkStatus();
}

}  // namespace tare::bundle
