// A parsed JSON document as a flat tree in document order: what spec/json.h reads from.
//
// nlohmann's own tree costs several times its lexer (an allocation a value); this one takes two allocations
// in all, for config.json is read within every `create`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::spec::json {

enum class Kind : uint8_t { kNull, kBool, kNegative, kUnsigned, kFloat, kString, kArray, kObject };

struct Node {
  Kind kind = Kind::kNull;
  uint32_t parent = 0;
  uint32_t end = 0;        // one past the last node below this one: the next sibling, if there is one
  absl::string_view key;   // of a member
  absl::string_view text;  // of a string; of a float as written
  uint64_t number = 0;     // of a bool or an integer, a negative one in two's complement
};

class Document {
 public:
  // Malformed JSON is an error with line and column.
  static StatusOr<Document> Parse(absl::string_view text, absl::string_view name);

  const Node& node(uint32_t index) const { return nodes_[index]; }

  // RFC 6901: "/mounts/2/type"; of the root "".
  std::string Pointer(uint32_t index) const;

  void Fail(absl::string_view pointer, absl::string_view what);
  const Status& fault() const { return fault_; }

 private:
  class Builder;

  std::string name_;
  std::vector<Node> nodes_;
  std::vector<char> characters_;  // what keys and texts view; never grows beyond its first capacity
  Status fault_;
};

}  // namespace tare::spec::json
