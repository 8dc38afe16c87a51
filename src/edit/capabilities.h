// --cap-add and --cap-drop: capabilities(7).
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "json/editor.h"

namespace tare::edit {

struct CapabilityChange {
  std::vector<std::string> add;  // "CAP_CHOWN"
  std::vector<std::string> drop;
  bool drop_all = false;
};

// The names may be in lower case and without CAP_, several in one value, separated by commas. "ALL" stands
// for all that this process may have. What is both added and dropped is an error, as in Podman.
StatusOr<CapabilityChange> ParseCapabilities(const std::vector<std::string>& add,
                                             const std::vector<std::string>& drop);

// Changes the sets of process.capabilities. What is dropped, is dropped from all of them. What is added is
// added to the bounding, effective and permitted ones, and for a user other than root also to the inheritable
// and ambient ones, because otherwise execve(2) takes it away.
void ChangeCapabilities(const CapabilityChange& change, json::Editor& config);

}  // namespace tare::edit
