// Makes the last act of a container's process (door/act.h), and explains why one has failed.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "door/act.h"

namespace tare::setup {

// The block of an act: the structure, and the parts that follow it.
class ActBlock {
 public:
  explicit ActBlock(const door::Act& act = {});

  // Adds the bytes as this part; a string with its final NUL.
  void Add(door::Part door::Act::*part, absl::string_view bytes);
  void AddString(door::Part door::Act::*part, absl::string_view text);

  door::Act& act() { return *reinterpret_cast<door::Act*>(bytes_.data()); }
  const door::Act& act() const { return *reinterpret_cast<const door::Act*>(bytes_.data()); }
  absl::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;  // on the heap, and so aligned, because it is longer than a string's own room
};

// What StatusOf() says besides the step and the errno, carried by the act itself: the process that reads a
// report may be a later `start`.
struct ActText {
  std::string context;          // in front of an error after the start
  std::string path;             // of the program
  std::string apparmor;         // the profile
  std::string selinux;          // the label
  std::string what_is_missing;  // if execve(2) fails with ENOENT

  std::string Serialize() const;
};

// The error of the step that failed. `text` is ActText::Serialize(), and may be cut off.
Status StatusOf(const door::Failure& failure, absl::string_view text);

// What follows a Failed tag: a serialized status of our own code, or a report of the stub.
Status ParseFailure(absl::string_view payload);

}  // namespace tare::setup
