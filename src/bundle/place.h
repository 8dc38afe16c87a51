// The directory in which a bundle is made. What is not finished is removed again.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::bundle {

class Place {
 public:
  // Makes `directory` with `mode` if it is missing; its parent must exist.
  static StatusOr<Place> Make(const std::string& directory, mode_t mode);

  Place(Place&& other) noexcept;
  Place& operator=(Place&&) = delete;
  ~Place();

  const std::string& path() const { return path_; }          // of the bundle, resolved
  const std::string& workshop() const { return workshop_; }  // a directory in it, for what is being made

  // An error if one of the names is taken.
  Status CheckFree(const std::vector<std::string>& names) const;

  // A file in the workshop, in place of one that is there.
  Status Write(const std::string& name, absl::string_view text) const;

  // Moves the names from the workshop to the bundle. If one of them is taken, the others are moved back.
  Status Finish(const std::vector<std::string>& names);

 private:
  Place(std::string path, bool made) : path_(std::move(path)), made_(made) {}

  std::string path_;  // empty: moved from
  std::string workshop_;
  bool made_;  // the bundle's directory is ours
};

}  // namespace tare::bundle
