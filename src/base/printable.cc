#include "base/printable.h"

#include "absl/strings/str_format.h"

namespace tare {

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
      absl::StrAppendFormat(&printable, "\\u%04x", byte);
    } else if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
      absl::StrAppendFormat(&printable, "\\u%04x", next);
      ++i;
    } else {
      printable += text[i];
    }
  }
  return printable;
}

}  // namespace tare
