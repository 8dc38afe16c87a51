// Text in columns.
#pragma once

#include <string>
#include <vector>

namespace tare {

using Row = std::vector<std::string>;

// A line for each row, which all have the same number of cells. Columns are as wide as their widest cell and
// `gap` spaces, and at least `narrowest` characters; the last one is as wide as its text.
std::string Columns(const std::vector<Row>& rows, size_t narrowest = 0, size_t gap = 3);

}  // namespace tare
