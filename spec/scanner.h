// RFC 8259 text into the nodes of a Document, in one pass and without recursion: nesting costs no stack.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "spec/document.h"

namespace tare::spec::json {

class Scanner {
 public:
  Scanner(absl::string_view text, Document& document);

  // False: fault() at position().
  bool Scan();

  size_t position() const { return next_; }
  const std::string& fault() const { return fault_; }

 private:
  bool ScanValue();
  bool ScanToNextValue();
  bool ScanScalar();
  bool ScanNumber();
  bool ScanKey();
  bool ScanString(absl::string_view* string);
  bool ScanEscaped(size_t start, absl::string_view* string);
  bool ScanPlain();
  bool ScanEscape();
  bool ScanUnicodeEscape();
  bool ScanUtf8();
  bool ScanHexDigits(uint32_t* value);
  bool ScanDigits();

  char Peek() const { return next_ < text_.size() ? text_[next_] : '\0'; }
  bool Take(char c);
  void SkipSpace();

  bool InObject() const;
  char Closing() const { return InObject() ? '}' : ']'; }
  void Add(Kind kind, absl::string_view text);
  void Open(Kind kind);
  void Close();
  bool Fail(absl::string_view what);
  bool FailExpecting(absl::string_view wanted);

  absl::string_view text_;
  size_t next_ = 0;
  Document& document_;
  uint32_t open_;          // the innermost open array or object
  absl::string_view key_;  // of the member whose value comes next
  std::string fault_;
};

}  // namespace tare::spec::json
