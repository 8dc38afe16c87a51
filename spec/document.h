// A parsed JSON document as a flat tree in document order: what spec/json.h reads from.
//
// config.json is read within every `create`, so this is made for speed: one allocation for all values, and
// views into the text itself. nlohmann's parser takes eight times as long (200 us for an engine's 10 KB),
// which is why spec/ only writes with it, and why the fuzzers compare the two.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::spec::json {

enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

struct Node {
  Kind kind = Kind::kNull;
  uint32_t parent = 0;
  uint32_t end = 0;        // one past the last node below this one: the next sibling, if there is one
  absl::string_view key;   // of a member
  absl::string_view text;  // of a string its characters; of a number, a bool or null as written
};

class Document {
 public:
  // Malformed JSON (RFC 8259) is an error with line and column. `text` must outlive the document.
  static StatusOr<Document> Parse(absl::string_view text, absl::string_view name);

  const Node& node(uint32_t index) const { return nodes_[index]; }
  size_t size() const { return nodes_.size(); }

  // RFC 6901: "/mounts/2/type"; of the root "".
  std::string Pointer(uint32_t index) const;

  void Fail(absl::string_view pointer, absl::string_view what);
  const Status& fault() const { return fault_; }

 private:
  friend class Scanner;

  std::string name_;
  std::vector<Node> nodes_;
  std::vector<char> unescaped_;  // the strings that are not in the text as they are; never grows once made
  Status fault_;
};

}  // namespace tare::spec::json
