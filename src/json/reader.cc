#include "json/reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "json/document.h"

namespace tare::json {
namespace {

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return node.number ? "true" : "false";
    case Kind::kNegative:
      return absl::StrCat(static_cast<int64_t>(node.number));
    case Kind::kUnsigned:
      return absl::StrCat(node.number);
    case Kind::kFloat:
      return std::string(node.text);
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

}  // namespace

bool Value::present() const {
  return node_ != kNoNode && document_->node(node_).kind != Kind::kNull;
}

bool Value::IsObject() const {
  return node_ != kNoNode && document_->node(node_).kind == Kind::kObject;
}

absl::string_view Value::key() const {
  return document_->node(node_).key;
}

void Value::Fail(absl::string_view what, absl::StatusCode code) const {
  Note note{.what = std::string(what)};
  if (node_ != kNoNode) {
    note.node = node_;
    note.pointer = document_->Pointer(node_);
  }
  document_->Fail(std::move(note), code);
}

void Value::Remark(const std::string& what) const {
  if (node_ != kNoNode) document_->Remark(node_, what);
}

bool Value::Is(Kind kind, absl::string_view wanted) const {
  if (!present()) return false;
  const Node& node = document_->node(node_);
  if (node.kind == kind) return true;
  Fail(absl::StrCat("must be ", wanted, ", not ", Describe(node)));
  return false;
}

Value Value::operator[](absl::string_view member) const {
  return {document_, Is(Kind::kObject, "an object") ? document_->Member(node_, member) : kNoNode};
}

Value Value::Required(absl::string_view member) const {
  Value value = (*this)[member];
  if (!value.present() && present() && document_->node(node_).kind == Kind::kObject) {
    document_->Fail({.node = node_,
                     .pointer = absl::StrCat(document_->Pointer(node_), "/", member),
                     .what = "is required"},
                    absl::StatusCode::kInvalidArgument);
  }
  return value;
}

std::vector<Value> Value::Elements() const {
  std::vector<Value> elements;
  if (!Is(Kind::kArray, "an array")) return elements;
  const uint32_t end = document_->node(node_).end;
  for (uint32_t child = node_ + 1; child != end; child = document_->node(child).end) {
    elements.emplace_back(document_, child);
    if (!elements.back().present()) elements.back().Fail("must not be null");
  }
  return elements;
}

std::vector<Value> Value::Members() const {
  std::vector<Value> members;
  if (!Is(Kind::kObject, "an object")) return members;
  const uint32_t end = document_->node(node_).end;
  for (uint32_t child = node_ + 1; child != end; child = document_->node(child).end) {
    Value member(document_, child);
    if (member.present()) members.push_back(member);
  }
  return members;
}

bool Value::Bool() const {
  return Is(Kind::kBool, "true or false") && document_->node(node_).number != 0;
}

std::optional<bool> Value::OptionalBool() const {
  return present() ? std::optional<bool>(Bool()) : std::nullopt;
}

std::string Value::String() const {
  if (!Is(Kind::kString, "a string")) return "";
  absl::string_view text = document_->node(node_).text;
  // Nearly all strings are used as C strings, where everything after a NUL would be lost silently.
  if (text.find('\0') != text.npos) Fail("must not contain a NUL character");
  return std::string(text);
}

std::optional<std::string> Value::OptionalString() const {
  return present() ? std::optional<std::string>(String()) : std::nullopt;
}

std::string Value::NonEmptyString() const {
  std::string text = String();
  if (present() && text.empty()) Fail("must not be empty");
  return text;
}

std::string Value::AbsolutePath() const {
  std::string path = String();
  if (present() && !path.starts_with('/')) Fail(absl::StrCat("must be an absolute path, not \"", path, "\""));
  return path;
}

std::vector<std::string> Value::Strings() const {
  std::vector<std::string> strings;
  for (Value element : Elements()) strings.push_back(element.String());
  return strings;
}

std::map<std::string, std::string> Value::StringMap() const {
  std::map<std::string, std::string> map;
  for (Value member : Members()) {
    map.insert_or_assign(std::string(member.key()), member.String());
  }
  return map;
}

uint64_t Value::IntegerBits(int64_t min, uint64_t max) const {
  if (!present()) return 0;
  const Node& node = document_->node(node_);
  const bool negative = node.kind == Kind::kNegative;
  if (negative || node.kind == Kind::kUnsigned) {
    const bool fits =
        negative ? static_cast<int64_t>(node.number) >= min : std::cmp_less_equal(min, node.number);
    if (fits && (negative || node.number <= max)) return node.number;
  }
  Fail(absl::StrCat("must be an integer from ", min, " to ", max, ", not ", Describe(node)));
  return 0;
}

Status Visit(absl::string_view text, absl::string_view name, Remarks remarks, Top top,
             absl::FunctionRef<void(Value)> read) {
  TARE_ASSIGN_OR_RETURN(Document document, Document::Parse(text, name));
  const Value root(&document, 0);
  if (top == Top::kObject && !root.IsObject()) return InvalidError(name, ": must be a JSON object");
  read(root);
  if (remarks == Remarks::kLog) {
    for (const Note& remark : document.remarks()) log::Warning(document.Text(remark));
  }
  return document.fault();
}

void CheckVersion(Value root, int newest) {
  const Value at = root["version"];
  const int version = at.Integer<int>(0);
  if (version <= newest) return;
  at.Fail(absl::StrCat(version, " is newer than ", newest, ", the newest version that this tare knows"),
          absl::StatusCode::kUnimplemented);
}

int WordAt(Value at, std::span<const Word> words, absl::string_view kind) {
  const std::string name = at.String();
  auto word = std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.name == name; });
  if (word != words.end()) return word->value;
  if (at.present()) at.Fail(absl::StrCat("unknown ", kind, " \"", name, "\""));
  return 0;
}

std::string KnownName(Value at, std::span<const absl::string_view> words, absl::string_view kind) {
  std::string name = at.String();
  if (at.present() && std::find(words.begin(), words.end(), name) == words.end()) {
    at.Fail(absl::StrCat("unknown ", kind, " \"", name, "\""));
  }
  return name;
}

}  // namespace tare::json
