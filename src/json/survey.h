// Reads a document to the end, whatever is wrong with it, and collects everything that is wrong or unusual,
// with its place in the text. This is for commands that explain a document; reader.h returns the first fault.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "json/document.h"
#include "json/reader.h"

namespace tare::json {

struct Finding {
  std::string pointer;  // "" if the text is malformed
  std::string what;
  Place place;
};

// A member that the reader has not asked for.
struct Unread {
  std::string pointer;
  std::string name;
  Place place;
  std::vector<std::string> known;  // the names that the object was asked for
};

class Survey {
 public:
  // `text` must outlive the survey. `read` is called if the text is a JSON object.
  Survey(absl::string_view text, absl::FunctionRef<void(Value)> read);

  bool is_object() const { return is_object_; }

  // In the order in which `read` met them. The first is the one that Read() would return.
  std::vector<Finding> Faults() const;
  std::vector<Finding> Remarks() const;

  // What is neither read nor remarked on, in the order of the text.
  std::vector<Unread> UnreadMembers();

  // Where the value is, with its name if it has one. If it is missing, where the nearest value above it is.
  Place PlaceOf(absl::string_view pointer) const;

 private:
  Finding FindingOf(const Note& note) const;
  Place PlaceOfNode(uint32_t node) const;
  uint32_t Child(uint32_t parent, absl::string_view name) const;

  Document document_;
  bool is_object_ = false;
  std::vector<size_t> offsets_;  // of each node
  std::vector<size_t> lines_;    // where each line begins
};

}  // namespace tare::json
