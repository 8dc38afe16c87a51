#include "json/editor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "json/document.h"
#include "json/writer.h"

namespace tare::json {
namespace {

using Object = Output::object_t;

// The value of a node without what is below it.
Output Shallow(const Node& node) {
  switch (node.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBool:
      return node.number != 0;
    case Kind::kNegative:
      return static_cast<int64_t>(node.number);
    case Kind::kUnsigned:
      return node.number;
    case Kind::kFloat:
      return Output::parse(node.text.begin(), node.text.end());
    case Kind::kString:
      return std::string(node.text);
    case Kind::kArray:
      return Output::array();
    case Kind::kObject:
      return Output::object();
  }
  return nullptr;
}

// Object::push_back() would replace a member of the same name. The vector below it keeps both.
Output& AddMember(Output& object, absl::string_view name, Output value) {
  Object::Container& members = object.get_ref<Object&>();
  members.emplace_back(std::string(name), std::move(value));
  return members.back().second;
}

StatusOr<Output> Deep(const Document& document, uint32_t index, int level) {
  const Node& node = document.node(index);
  if (level > Editor::kMostLevels)
    return InvalidError("more than ", Editor::kMostLevels, " levels of nesting");
  Output value = Shallow(node);
  for (uint32_t child = index + 1; child < node.end; child = document.node(child).end) {
    TARE_ASSIGN_OR_RETURN(Output below, Deep(document, child, level + 1));
    if (node.kind == Kind::kObject)
      AddMember(value, document.node(child).key, std::move(below));
    else
      value.push_back(std::move(below));
  }
  return value;
}

// The member that Document::Member() finds.
Output* Member(Output& object, absl::string_view name) {
  Output* exact = nullptr;
  Output* folded = nullptr;
  for (auto& [key, value] : object.get_ref<Object&>()) {
    if (key == name)
      exact = &value;
    else if (!value.is_null() && absl::EqualsIgnoreCase(key, name))
      folded = &value;
  }
  const bool is_absent = exact == nullptr || exact->is_null();
  return is_absent && folded != nullptr ? folded : exact;
}

Output* Element(Output& array, absl::string_view token) {
  size_t index = 0;
  if (!absl::SimpleAtoi(token, &index) || index >= array.size()) return nullptr;
  return &array[index];
}

// Null values are found, too.
Output* Child(Output& parent, absl::string_view token) {
  if (parent.is_object()) return Member(parent, token);
  if (parent.is_array()) return Element(parent, token);
  return nullptr;
}

std::vector<std::string> Tokens(absl::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  for (absl::string_view token : absl::StrSplit(pointer.substr(1), '/'))
    tokens.push_back(absl::StrReplaceAll(token, {{"~1", "/"}, {"~0", "~"}}));
  return tokens;
}

Output* Find(Output& root, absl::string_view pointer) {
  Output* at = &root;
  for (const std::string& token : Tokens(pointer)) {
    at = Child(*at, token);
    if (at == nullptr) return nullptr;
  }
  return at->is_null() ? nullptr : at;
}

void BecomeIfNull(Output& value, Output::value_t type) {
  if (value.is_null()) value = Output(type);
}

// The value at `tokens`, which is made as null if it is missing. Nothing if a value on the way has the wrong
// kind.
Output* FindOrMake(Output& root, const std::vector<std::string>& tokens) {
  Output* at = &root;
  for (const std::string& token : tokens) {
    BecomeIfNull(*at, token == "-" ? Output::value_t::array : Output::value_t::object);
    if (at->is_array() && token == "-") {
      at->push_back(nullptr);
      at = &at->back();
      continue;
    }
    Output* child = Child(*at, token);
    if (child == nullptr && at->is_object()) child = &AddMember(*at, token, nullptr);
    if (child == nullptr) return nullptr;
    at = child;
  }
  return at;
}

Output OutputOf(const Raw& raw) {
  return Output::parse(raw.text, nullptr, false);
}
Output OutputOf(const auto& value) {
  return value;
}

}  // namespace

struct Editor::Tree {
  Output root;
};

Editor::Editor(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Editor::Editor(Editor&& other) noexcept = default;
Editor& Editor::operator=(Editor&& other) noexcept = default;
Editor::~Editor() = default;

StatusOr<Editor> Editor::Parse(absl::string_view text, absl::string_view name) {
  TARE_ASSIGN_OR_RETURN(const Document document, Document::Parse(text, name));
  if (document.node(0).kind != Kind::kObject) return InvalidError(name, ": must be a JSON object");
  StatusOr<Output> root = Deep(document, 0, 1);
  if (!root.ok()) return Annotate(root.status(), name);
  return Editor(std::make_unique<Tree>(Tree{*std::move(root)}));
}

bool Editor::Has(absl::string_view pointer) const {
  return Find(tree_->root, pointer) != nullptr;
}

size_t Editor::Size(absl::string_view pointer) const {
  const Output* value = Find(tree_->root, pointer);
  return value != nullptr && value->is_structured() ? value->size() : 0;
}

std::optional<bool> Editor::Bool(absl::string_view pointer) const {
  const Output* value = Find(tree_->root, pointer);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

std::optional<std::string> Editor::String(absl::string_view pointer) const {
  const Output* value = Find(tree_->root, pointer);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<int64_t> Editor::Integer(absl::string_view pointer) const {
  const Output* value = Find(tree_->root, pointer);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned() && !std::in_range<int64_t>(value->get<uint64_t>())) return std::nullopt;
  return value->get<int64_t>();
}

std::vector<std::string> Editor::Strings(absl::string_view pointer) const {
  std::vector<std::string> strings;
  const Output* value = Find(tree_->root, pointer);
  if (value == nullptr || !value->is_array()) return strings;
  for (const Output& element : *value)
    if (element.is_string()) strings.push_back(element.get<std::string>());
  return strings;
}

std::vector<std::string> Editor::Names(absl::string_view pointer) const {
  std::vector<std::string> names;
  const Output* value = Find(tree_->root, pointer);
  if (value == nullptr || !value->is_object()) return names;
  for (const auto& [name, member] : value->get_ref<const Object&>()) names.push_back(name);
  return names;
}

std::optional<Raw> Editor::Value(absl::string_view pointer) const {
  const Output* value = Find(tree_->root, pointer);
  if (value == nullptr) return std::nullopt;
  return Raw{OneLine(*value)};
}

void Editor::Set(absl::string_view pointer, const NewValue& value) {
  Output* at = FindOrMake(tree_->root, Tokens(pointer));
  if (at != nullptr) *at = std::visit([](const auto& held) { return OutputOf(held); }, value.value_);
}

void Editor::Insert(absl::string_view array, size_t index, const NewValue& value) {
  Output* at = FindOrMake(tree_->root, Tokens(array));
  if (at == nullptr) return;
  BecomeIfNull(*at, Output::value_t::array);
  if (!at->is_array()) return;
  const auto place = at->begin() + static_cast<std::ptrdiff_t>(std::min(index, at->size()));
  at->insert(place, std::visit([](const auto& held) { return OutputOf(held); }, value.value_));
}

void Editor::Remove(absl::string_view pointer) {
  std::vector<std::string> tokens = Tokens(pointer);
  if (tokens.empty()) return;
  Output* parent = Find(tree_->root, pointer.substr(0, pointer.rfind('/')));
  if (parent == nullptr) return;
  const std::string& last = tokens.back();
  if (parent->is_object()) {
    Object kept;
    for (auto& [name, value] : parent->get_ref<Object&>())
      if (!absl::EqualsIgnoreCase(name, last)) kept.Container::emplace_back(name, std::move(value));
    *parent = std::move(kept);
  } else if (Element(*parent, last) != nullptr) {
    size_t index = 0;
    if (absl::SimpleAtoi(last, &index)) parent->erase(index);
  }
}

std::string Editor::Text() const {
  return OneLine(tree_->root);
}

std::string Editor::Indented() const {
  return json::Indented(tree_->root, 2);
}

std::string PointerToken(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}});
}

}  // namespace tare::json
