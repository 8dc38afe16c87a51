// The story of `attach`: our standard streams are those of a supervised container.
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

// Until the container has ended for good: its exit status. 0 after the detach keys, 128 + N after signal N
// to us; the container goes on then.
StatusOr<int> Attach(const std::string& root, const AttachOptions& options);

}  // namespace tare::session
