#include "base/columns.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tare {
namespace {

// Characters, not bytes: every byte of UTF-8 but the continuing ones (10xxxxxx) begins one.
size_t Length(absl::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string Columns(const std::vector<Row>& rows, size_t narrowest, size_t gap) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(row.size(), narrowest);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Length(row[i]) + gap);
  }
  std::string table;
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i)
      absl::StrAppend(&table, row[i], std::string(widths[i] - Length(row[i]), ' '));
    absl::StrAppend(&table, row.back(), "\n");
  }
  return table;
}

}  // namespace tare
