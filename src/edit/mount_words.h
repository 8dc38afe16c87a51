// The options of --mount and --volume, and which of them exclude each other.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::edit {

// Of each group, a mount has one option.
enum class Group { kNone, kAccess, kPropagation, kBind, kSuid, kDev, kExec, kCopyUp };

// kSwitch: "ro", "ro=true" or "ro=false".
enum class Takes { kNothing, kSwitch, kValue };

struct MountWord {
  absl::string_view word;
  absl::string_view option;  // as config.json has it; with kValue, the value follows
  Takes takes = Takes::kNothing;
  absl::string_view opposite = {};  // of a switch that is off
  absl::string_view types = {};     // the types that have it; empty: all but devpts
};

// An unknown word is an error, and so is one that only an engine can carry out; that error explains why.
StatusOr<MountWord> FindMountWord(absl::string_view word, absl::string_view type);

Group GroupOf(absl::string_view option);
bool HasOneOf(const std::vector<std::string>& options, Group group);

}  // namespace tare::edit
