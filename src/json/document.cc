#include "json/document.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "json/scanner.h"

namespace tare::json {
namespace {

// nlohmann: "[json.exception.parse_error.101] parse error at line 2, column 7: syntax error while ...".
absl::string_view WithoutPreamble(absl::string_view what) {
  what.remove_prefix(std::min(what.size(), what.find("] ") + 2));
  if (absl::StartsWith(what, "parse error at "))
    what.remove_prefix(std::min(what.size(), what.find(": ") + 2));
  return what;
}

// The parser gives the number of the characters that it has read.
Place PlaceOfError(absl::string_view text, size_t position) {
  return PlaceAt(text, position == 0 ? 0 : position - 1);
}

}  // namespace

Place PlaceAt(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {.line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = before.size() - line_start + 1};
}

// Adds nodes in the order of the text.
class Document::Builder {
 public:
  Builder(absl::string_view json, Document& document) : document_(document), size_(json.size()) {
    document_.nodes_.clear();
    document_.nodes_.reserve(size_ / 12);
    document_.characters_.clear();
  }

  bool in_object() const { return document_.nodes_[open_].kind == Kind::kObject; }
  bool is_whole() const { return is_whole_; }

  // A string is never longer than its escaped form, so the characters never need more room, and views of them
  // stay valid.
  void Keep(absl::string_view text) {
    document_.characters_.reserve(size_);
    document_.characters_.insert(document_.characters_.end(), text.begin(), text.end());
  }
  // The last `size` characters that were kept.
  absl::string_view Kept(size_t size) const {
    const std::vector<char>& kept = document_.characters_;
    return {kept.data() + (kept.size() - size), size};
  }

  // The name of the next value, among the kept characters.
  void Name(absl::string_view name) { name_ = name; }

  bool Add(Node node) {
    node.parent = open_;
    node.key = name_;
    node.end = static_cast<uint32_t>(document_.nodes_.size()) + 1;
    document_.nodes_.push_back(node);
    name_ = {};
    return true;
  }

  bool Open(Kind kind) {
    Add({.kind = kind});
    open_ = static_cast<uint32_t>(document_.nodes_.size()) - 1;
    return true;
  }

  bool Close() {
    Node& node = document_.nodes_[open_];
    node.end = static_cast<uint32_t>(document_.nodes_.size());
    is_whole_ = open_ == 0;
    open_ = node.parent;
    return true;
  }

 private:
  Document& document_;
  size_t size_;  // of the whole text
  absl::string_view name_;
  uint32_t open_ = 0;
  bool is_whole_ = false;  // the outermost object or array has been closed
};

// Receives the events of nlohmann's parser.
class Document::Events {
 public:
  using Text = std::string;

  Events(absl::string_view json, Document& document)
      : json_(json), document_(document), builder_(json, document) {}

  bool null() { return builder_.Add({.kind = Kind::kNull}); }
  bool boolean(bool value) { return builder_.Add({.kind = Kind::kBool, .number = value}); }
  bool number_integer(int64_t value) {
    return builder_.Add({.kind = Kind::kNegative, .number = static_cast<uint64_t>(value)});
  }
  bool number_unsigned(uint64_t value) { return builder_.Add({.kind = Kind::kUnsigned, .number = value}); }
  bool number_float(double, const Text& text) {
    return builder_.Add({.kind = Kind::kFloat, .text = Keep(text)});
  }
  bool string(const Text& text) { return builder_.Add({.kind = Kind::kString, .text = Keep(text)}); }
  bool binary(std::vector<uint8_t>&) { return false; }  // does not exist in JSON
  bool key(const Text& text) {
    builder_.Name(Keep(text));
    return true;
  }
  bool start_object(size_t) { return builder_.Open(Kind::kObject); }
  bool start_array(size_t) { return builder_.Open(Kind::kArray); }
  bool end_object() { return builder_.Close(); }
  bool end_array() { return builder_.Close(); }
  bool parse_error(size_t position, const Text&, const nlohmann::detail::exception& error) {
    Note note{.place = PlaceOfError(json_, position)};
    if (builder_.is_whole()) {
      note.what = "text after the JSON document is ignored";
      document_.remarks_.push_back(std::move(note));
    } else {
      note.what = std::string(WithoutPreamble(error.what()));
      document_.Fail(std::move(note), absl::StatusCode::kInvalidArgument);
    }
    return false;
  }

 private:
  absl::string_view Keep(const Text& text) {
    builder_.Keep(text);
    return builder_.Kept(text.size());
  }

  absl::string_view json_;
  Document& document_;
  Builder builder_;
};

StatusOr<Document> Document::Parse(absl::string_view text, absl::string_view name) {
  Document document;
  document.name_ = std::string(name);
  document.ParseText(text);
  TARE_RETURN_IF_ERROR(document.fault_);
  return document;
}

Document Document::ParseTraced(absl::string_view text, absl::string_view name) {
  Document document;
  document.name_ = std::string(name);
  document.trace_ = std::make_unique<Trace>();
  document.ParseText(text);
  if (document.fault_.ok() && document.node(0).kind != Kind::kObject)
    document.Fail({.what = "must be a JSON object"}, absl::StatusCode::kInvalidArgument);
  return document;
}

void Document::ParseText(absl::string_view text) {
  Builder builder(text, *this);
  if (Scanner(text, builder).Scan()) return;
  Events events(text, *this);
  nlohmann::ordered_json::sax_parse(text.begin(), text.end(), &events);
}

uint32_t Document::Member(uint32_t object, absl::string_view name) {
  uint32_t exact = kNoNode;
  uint32_t folded = kNoNode;
  bool is_odd = false;
  const uint32_t end = nodes_[object].end;
  for (uint32_t child = object + 1; child != end; child = nodes_[child].end) {
    const absl::string_view key = nodes_[child].key;
    if (key.size() != name.size()) continue;
    if (key == name) {
      is_odd |= exact != kNoNode;
      exact = child;
    } else if (nodes_[child].kind != Kind::kNull && absl::EqualsIgnoreCase(key, name)) {
      is_odd = true;
      folded = child;
    }
  }
  const bool is_absent = exact == kNoNode || nodes_[exact].kind == Kind::kNull;
  const uint32_t taken = is_absent && folded != kNoNode ? folded : exact;
  if (is_odd) RemarkOnMembers(object, name, taken);
  if (trace_) {
    trace_->asked[object].emplace(name);
    if (taken != kNoNode) trace_->taken.insert(taken);
  }
  return taken;
}

void Document::RemarkOnMembers(uint32_t object, absl::string_view name, uint32_t taken) {
  const uint32_t end = nodes_[object].end;
  for (uint32_t child = object + 1; child != end; child = nodes_[child].end) {
    const Node& node = nodes_[child];
    if (node.kind == Kind::kNull || !absl::EqualsIgnoreCase(node.key, name)) continue;
    if (child != taken)
      Remark(child, absl::StrCat("ignored: \"", name, "\" is given more than once"));
    else if (node.key != name)
      Remark(child, absl::StrCat("read as \"", name, "\", the correct spelling"));
  }
}

void Document::Remark(uint32_t index, const std::string& what) {
  if (std::exchange(nodes_[index].remarked, true)) return;
  remarks_.push_back({.node = index, .pointer = Pointer(index), .what = what});
}

std::string Document::Text(const Note& note) const {
  if (note.place)
    return absl::StrCat(name_, ": line ", note.place->line, ", column ", note.place->column, ": ", note.what);
  return absl::StrCat(name_, ": ", note.pointer, note.pointer.empty() ? "" : ": ", note.what);
}

std::string Document::Pointer(uint32_t index) {
  if (index == 0) return "";
  const Node& node = nodes_[index];
  if (nodes_[node.parent].kind == Kind::kObject) {
    return absl::StrCat(Pointer(node.parent), "/", absl::StrReplaceAll(node.key, {{"~", "~0"}, {"/", "~1"}}));
  }
  return absl::StrCat(Pointer(node.parent), "/", Position(index));
}

uint32_t Document::Position(uint32_t element) {
  const uint32_t parent = nodes_[element].parent;
  uint64_t& found = nodes_[parent].number;
  auto sibling = static_cast<uint32_t>(found);
  auto position = static_cast<uint32_t>(found >> 32);
  if (sibling == 0 || sibling > element) {
    sibling = parent + 1;
    position = 0;
  }
  for (; sibling != element; sibling = nodes_[sibling].end) ++position;
  found = uint64_t{position} << 32 | sibling;
  return position;
}

void Document::Fail(Note note, absl::StatusCode code) {
  if (fault_.ok()) fault_ = Status(code, Text(note));
  if (!trace_ || trace_->faults.size() >= Trace::kMostFaults) return;
  if (trace_->faulty.insert(note.pointer).second) trace_->faults.push_back(std::move(note));
}

}  // namespace tare::json
