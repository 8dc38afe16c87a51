// A parsed JSON document as a flat tree in document order: what spec/json.h reads from.
//
// nlohmann's own tree costs several times its lexer (an allocation a value); this one takes two allocations
// in all, since every `create` reads config.json.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::json {

enum class Kind : uint8_t { kNull, kBool, kNegative, kUnsigned, kFloat, kString, kArray, kObject };

// In place of a node where there is none.
inline constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();

struct Node {
  Kind kind = Kind::kNull;
  bool remarked = false;  // a remark was made of it
  uint32_t parent = 0;
  uint32_t end = 0;        // one past the last node below this one: the next sibling, if there is one
  absl::string_view key;   // of a member
  absl::string_view text;  // of a string; of a float as written
  uint64_t number = 0;     // of a bool or an integer, a negative one in two's complement
};

class Document {
 public:
  // Malformed JSON is an error with line and column. What follows the first value is ignored, with a remark.
  static StatusOr<Document> Parse(absl::string_view text, absl::string_view name);

  const Node& node(uint32_t index) const { return nodes_[index]; }

  // The member `name` of an object, or kNoNode; of several, the last. Without one, or if it is null, a member
  // whose name differs in the case of letters only (ASCII), as programs in Go read and write them. A remark
  // is made of each that is taken for `name`, or ignored beside it.
  uint32_t Member(uint32_t object, absl::string_view name);

  // RFC 6901: "/mounts/2/type"; of the root "".
  std::string Pointer(uint32_t index) const;

  void Fail(absl::string_view pointer, absl::string_view what);
  const Status& fault() const { return fault_; }

  // What is odd in the document and no fault, each with its place; one a value.
  void Remark(uint32_t index, const std::string& what);
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  class Builder;

  void RemarkOnMembers(uint32_t object, absl::string_view name, uint32_t taken);

  std::string name_;
  std::vector<Node> nodes_;
  std::vector<char> characters_;  // what keys and texts view; never grows beyond its first capacity
  Status fault_;
  std::vector<std::string> remarks_;
};

}  // namespace tare::json
