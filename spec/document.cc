#include "spec/document.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "spec/scanner.h"

namespace tare::spec::json {
namespace {

std::string LineAndColumn(absl::string_view before) {
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return absl::StrCat("line ", std::count(before.begin(), before.end(), '\n') + 1, ", column ",
                      before.size() - line_start + 1);
}

}  // namespace

StatusOr<Document> Document::Parse(absl::string_view text, absl::string_view name) {
  Document document;
  document.name_ = std::string(name);
  Scanner scanner(text, document);
  if (!scanner.Scan()) {
    return InvalidError(name, ": ", LineAndColumn(text.substr(0, scanner.position())), ": ", scanner.fault());
  }
  if (document.nodes_.front().kind != Kind::kObject) return InvalidError(name, ": must be a JSON object");
  return document;
}

std::string Document::Pointer(uint32_t index) const {
  if (index == 0) return "";
  const Node& node = nodes_[index];
  const Node& parent = nodes_[node.parent];
  if (parent.kind == Kind::kObject) {
    return absl::StrCat(Pointer(node.parent), "/", absl::StrReplaceAll(node.key, {{"~", "~0"}, {"/", "~1"}}));
  }
  int position = 0;
  for (uint32_t sibling = node.parent + 1; sibling != index; sibling = nodes_[sibling].end) ++position;
  return absl::StrCat(Pointer(node.parent), "/", position);
}

void Document::Fail(absl::string_view pointer, absl::string_view what) {
  if (!fault_.ok()) return;
  fault_ = InvalidError(name_, ": ", pointer, pointer.empty() ? "" : ": ", what);
}

}  // namespace tare::spec::json
