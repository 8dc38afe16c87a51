// A parsed JSON document: a flat tree in the order of the text. json/reader.h reads from it.
//
// Every command parses JSON, so this must be fast. nlohmann's own tree allocates memory for each value, which
// takes several times as long as its lexer. This one makes two allocations, and usual documents are read by a
// scanner of our own (scanner.h).
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
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

// A place in a text. Both numbers begin with 1; the column counts bytes.
struct Place {
  size_t line = 1;
  size_t column = 1;

  bool operator==(const Place&) const = default;
};
Place PlaceAt(absl::string_view text, size_t offset);

// A fault, or a remark on what is unusual in the document but is not a fault.
struct Note {
  uint32_t node = 0;    // the value; if a member is missing, the object
  std::string pointer;  // of the value, or of the missing member
  std::string what;
  std::optional<Place> place;  // in place of node and pointer, if the text itself is malformed
};

// What a reader of the document has done. It is recorded for commands that explain a document (survey.h).
struct Trace {
  static constexpr size_t kMostFaults = 1000;

  std::vector<Note> faults;                         // at most so many
  std::set<std::string> faulty;                     // their pointers
  std::map<uint32_t, std::set<std::string>> asked;  // of each object: the names that it was asked for
  std::set<uint32_t> taken;                         // the members that were the answer
};

class Document {
 public:
  // `text` must outlive the document. Malformed JSON is an error with line and column. Text after the first
  // value is ignored, with a remark.
  static StatusOr<Document> Parse(absl::string_view text, absl::string_view name);

  // The same for a document that must be an object, but records a trace. It has the fault of a malformed
  // text.
  static Document ParseTraced(absl::string_view text, absl::string_view name);

  const Node& node(uint32_t index) const { return nodes_[index]; }
  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }

  // The member `name` of an object, or kNoNode. If there are several, it is the last. If there is none, or if
  // it is null, a member is accepted whose name differs only in upper and lower case (ASCII), because
  // programs written in Go read and write such names. There is a remark on each member that is accepted for
  // `name`, and on each that is ignored because another one is used.
  uint32_t Member(uint32_t object, absl::string_view name);

  // The JSON pointer (RFC 6901) of a node: "/mounts/2/type". The root's is "".
  std::string Pointer(uint32_t index);

  // Only the first fault is kept, or in a trace the first at each pointer.
  void Fail(Note note, absl::StatusCode code);
  const Status& fault() const { return fault_; }
  const Trace& trace() const { return *trace_; }

  // There is at most one remark for each value.
  void Remark(uint32_t index, const std::string& what);
  const std::vector<Note>& remarks() const { return remarks_; }

  // "config.json: /mounts/2/type: WHAT", or "config.json: line 3, column 7: WHAT".
  std::string Text(const Note& note) const;

 private:
  class Builder;
  class Events;

  // The position of an element in its array. Searching begins at the element that was found last, which the
  // array's `number` holds (its position in the upper half, its index in the lower), because there can be a
  // remark on each of thousands of elements.
  uint32_t Position(uint32_t element);

  void ParseText(absl::string_view text);
  void RemarkOnMembers(uint32_t object, absl::string_view name, uint32_t taken);

  std::string name_;
  std::vector<Node> nodes_;
  // Of keys and texts that had to be copied. They never grow beyond their first capacity.
  std::vector<char> characters_;
  Status fault_;
  std::vector<Note> remarks_;
  std::unique_ptr<Trace> trace_;  // null unless it was asked for
};

}  // namespace tare::json
