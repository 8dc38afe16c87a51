#include "json/survey.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace tare::json {
namespace {

constexpr absl::string_view kSpace = " \t\r\n";

// One past the closing quote of the string that begins at `start`.
size_t EndOfString(absl::string_view text, size_t start) {
  size_t end = start + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return end + 1;
}

size_t EndOfToken(absl::string_view text, size_t start) {
  if (text[start] == '"') return EndOfString(text, start);
  if (absl::StrContains("{[", text[start])) return start + 1;
  return std::min(text.size(), text.find_first_of(" \t\r\n,:]}", start));
}

bool IsName(absl::string_view text, size_t end) {
  const size_t next = text.find_first_not_of(kSpace, end);
  return next != text.npos && text[next] == ':';
}

// Where each value of a valid document begins, with its name if it has one, in the order of the text, which
// is that of the nodes.
std::vector<size_t> Offsets(absl::string_view text) {
  std::vector<size_t> offsets;
  std::optional<size_t> name;
  for (size_t at = text.find('{'); at < text.size();) {
    at = text.find_first_not_of(" \t\r\n,:]}", at);
    if (at == text.npos) break;
    const size_t end = EndOfToken(text, at);
    if (text[at] == '"' && IsName(text, end)) {
      name = at;
    } else {
      offsets.push_back(name.value_or(at));
      name.reset();
    }
    at = end;
  }
  return offsets;
}

}  // namespace

Survey::Survey(absl::string_view text, absl::FunctionRef<void(Value)> read)
    : document_(Document::ParseTraced(text, "")), is_object_(document_.fault().ok()) {
  if (!is_object_) return;
  offsets_ = Offsets(text);
  lines_ = {0};
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1))
    lines_.push_back(end + 1);
  read(Value(&document_, 0));
}

std::vector<Finding> Survey::Faults() const {
  std::vector<Finding> findings;
  for (const Note& note : document_.trace().faults) findings.push_back(FindingOf(note));
  return findings;
}

std::vector<Finding> Survey::Remarks() const {
  std::vector<Finding> findings;
  for (const Note& note : document_.remarks()) findings.push_back(FindingOf(note));
  return findings;
}

std::vector<Unread> Survey::UnreadMembers() {
  std::vector<Unread> unread;
  const Trace& trace = document_.trace();
  for (const auto& [object, asked] : trace.asked) {
    const uint32_t end = document_.node(object).end;
    for (uint32_t child = object + 1; child != end; child = document_.node(child).end) {
      const Node& node = document_.node(child);
      if (node.remarked || trace.taken.contains(child) || asked.contains(std::string(node.key))) continue;
      unread.push_back({.pointer = document_.Pointer(child),
                        .name = std::string(node.key),
                        .place = PlaceOfNode(child),
                        .known = {asked.begin(), asked.end()}});
    }
  }
  return unread;
}

Place Survey::PlaceOf(absl::string_view pointer) const {
  if (!is_object_) return {};
  uint32_t node = 0;
  for (absl::string_view part : absl::StrSplit(pointer, '/', absl::SkipEmpty())) {
    const uint32_t child = Child(node, absl::StrReplaceAll(part, {{"~1", "/"}, {"~0", "~"}}));
    if (child == kNoNode) break;
    node = child;
  }
  return PlaceOfNode(node);
}

// The member or element of this name, the last if there are several.
uint32_t Survey::Child(uint32_t parent, absl::string_view name) const {
  const Node& node = document_.node(parent);
  if (node.kind != Kind::kObject && node.kind != Kind::kArray) return kNoNode;
  uint32_t position = 0;
  const bool is_number = absl::SimpleAtoi(name, &position);
  uint32_t found = kNoNode;
  uint32_t count = 0;
  for (uint32_t child = parent + 1; child != node.end; child = document_.node(child).end, ++count) {
    if (node.kind == Kind::kArray ? is_number && count == position : document_.node(child).key == name)
      found = child;
  }
  return found;
}

Finding Survey::FindingOf(const Note& note) const {
  const Place place = note.place ? *note.place : PlaceOfNode(note.node);
  return {.pointer = note.pointer, .what = note.what, .place = place};
}

Place Survey::PlaceOfNode(uint32_t node) const {
  if (node >= offsets_.size()) return {};
  const size_t offset = offsets_[node];
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  return {.line = static_cast<size_t>(next - lines_.begin()), .column = offset - *std::prev(next) + 1};
}

}  // namespace tare::json
