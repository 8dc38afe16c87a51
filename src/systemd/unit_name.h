// Names of units, and where systemd puts their cgroups (systemd.slice(5)). Makes no system calls.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::systemd {

struct Unit {
  std::string slice;  // "system.slice"
  std::string name;   // "tare-web.scope"

  bool operator==(const Unit&) const = default;
};

// Parses linux.cgroupsPath, "slice:prefix:name", where each part may be empty. If all of it is empty, the
// unit is the scope "tare-ID.scope" in `usual_slice`.
StatusOr<Unit> UnitOf(const std::string& cgroups_path, const std::string& container_id,
                      const char* usual_slice);

// "a.slice/a-b.slice" for "a-b.slice"; "" for "-.slice", the root.
StatusOr<std::string> SlicePath(absl::string_view slice);

}  // namespace tare::systemd
