// The keys that end `attach`, found in what is typed.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::session {

class DetachKeys {
 public:
  // "ctrl-p,ctrl-q": keys with commas between them, each a character or "ctrl-" and one of a-z @ [ \ ] ^ _.
  // Empty: no keys.
  static StatusOr<DetachKeys> Parse(absl::string_view text);

  // The part of `typed` that is for the container. A beginning of the keys is held back until it is known
  // that they do not follow.
  std::string Filter(absl::string_view typed);
  bool found() const { return !keys_.empty() && matched_ == keys_.size(); }

 private:
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}
  void FallBack(std::string& passed);

  std::string keys_;
  size_t matched_ = 0;
};

}  // namespace tare::session
