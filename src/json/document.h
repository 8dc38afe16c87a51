// A parsed JSON document: a flat tree in the order of the text. json/reader.h reads from it.
//
// Every command parses JSON, so this must be fast. nlohmann's own tree allocates memory for each value, which
// takes several times as long as its lexer. This one makes two allocations, and usual documents are read by a
// scanner of our own (scanner.h).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::json {

enum class Kind : uint8_t { kNull, kBool, kNegative, kUnsigned, kFloat, kString, kArray, kObject };

// The index of a node that does not exist.
inline constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();

struct Node {
  Kind kind = Kind::kNull;
  bool remarked = false;  // there is a remark on it already
  uint32_t parent = 0;
  uint32_t end = 0;        // one past the last node below this one; if there is a next sibling, its index
  absl::string_view key;   // the name, if this is a member of an object
  absl::string_view text;  // a string; or a float as it is written
  // A bool or an integer; negative ones in two's complement. Of an array: see Position().
  uint64_t number = 0;
};

class Document {
 public:
  // `text` must outlive the document. Malformed JSON is an error with line and column. Text after the first
  // value is ignored, with a remark.
  static StatusOr<Document> Parse(absl::string_view text, absl::string_view name);

  const Node& node(uint32_t index) const { return nodes_[index]; }

  // The member `name` of an object, or kNoNode. If there are several, it is the last. If there is none, or if
  // it is null, a member is accepted whose name differs only in upper and lower case (ASCII), because
  // programs written in Go read and write such names. There is a remark on each member that is accepted for
  // `name`, and on each that is ignored because another one is used.
  uint32_t Member(uint32_t object, absl::string_view name);

  // The JSON pointer (RFC 6901) of a node: "/mounts/2/type". The root's is "".
  std::string Pointer(uint32_t index);

  // Only the first fault is kept.
  void Fail(absl::string_view pointer, absl::string_view what, absl::StatusCode code);
  const Status& fault() const { return fault_; }

  // Remarks are about what is unusual in the document but is not a fault. Each gives the place; there is at
  // most one for each value.
  void Remark(uint32_t index, const std::string& what);
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  class Builder;
  class Events;

  // The position of an element in its array. Searching begins at the element that was found last, which the
  // array's `number` holds (its position in the upper half, its index in the lower), because there can be a
  // remark on each of thousands of elements.
  uint32_t Position(uint32_t element);

  void RemarkOnMembers(uint32_t object, absl::string_view name, uint32_t taken);

  std::string name_;
  std::vector<Node> nodes_;
  // Of keys and texts that had to be copied. They never grow beyond their first capacity.
  std::vector<char> characters_;
  Status fault_;
  std::vector<std::string> remarks_;
};

}  // namespace tare::json
