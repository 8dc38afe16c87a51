// attach: the caller's standard streams become those of a supervised container.
#pragma once

#include <string>

#include "base/status.h"
#include "session/detach_keys.h"

namespace tare::session {

enum class Typing { kForwarded, kNone };

struct AttachOptions {
  std::string id;
  DetachKeys detach_keys;
  Typing typing = Typing::kForwarded;
};

// Returns the container's exit status when it has ended for good. Returns 0 after the detach keys and 128 + N
// after signal N to this process; then the container runs on.
StatusOr<int> Attach(const std::string& root, const AttachOptions& options);

}  // namespace tare::session
