#include "spec/scanner.h"

#include <array>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tare::spec::json {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}
bool IsAscii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

void AppendUtf8(uint32_t code_point, std::vector<char>& out) {
  auto append = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) return append(code_point);
  if (code_point < 0x800) {
    append(0xc0 | (code_point >> 6));
  } else if (code_point < 0x10000) {
    append(0xe0 | (code_point >> 12));
    append(0x80 | ((code_point >> 6) & 0x3f));
  } else {
    append(0xf0 | (code_point >> 18));
    append(0x80 | ((code_point >> 12) & 0x3f));
    append(0x80 | ((code_point >> 6) & 0x3f));
  }
  append(0x80 | (code_point & 0x3f));
}

// The length of the character that `text` begins with, 0 if it is not UTF-8 (RFC 3629, section 4: no overlong
// forms, no surrogates, nothing above U+10FFFF).
size_t Utf8Length(absl::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto is_tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned lead = byte(0), second = byte(1);
  if (lead >= 0xc2 && lead <= 0xdf) return is_tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && second < 0xa0, surrogate = lead == 0xed && second > 0x9f;
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && second < 0x90, too_large = lead == 0xf4 && second > 0x8f;
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

Scanner::Scanner(absl::string_view text, Document& document)
    : text_(text), document_(document), open_(kNone) {
  document_.nodes_.reserve(text.size() / 12);  // engines' configs have a value in 12 to 20 bytes
}

bool Scanner::Scan() {
  if (text_.size() >= kNone) return Fail("too large");
  do {
    if (!ScanValue()) return false;
  } while (ScanToNextValue());
  return fault_.empty();
}

// One value; of an array or object only as far as its first scalar or empty container.
bool Scanner::ScanValue() {
  for (;;) {
    SkipSpace();
    if (Peek() != '{' && Peek() != '[') return ScanScalar();
    Open(text_[next_++] == '{' ? Kind::kObject : Kind::kArray);
    SkipSpace();
    if (Take(Closing())) {
      Close();
      return true;
    }
    if (InObject() && !ScanKey()) return false;
  }
}

// Past the end of containers and a comma. False: there is no further value, or a fault.
bool Scanner::ScanToNextValue() {
  while (open_ != kNone) {
    SkipSpace();
    if (Take(',')) return !InObject() || ScanKey();
    if (!Take(Closing())) return FailExpecting(InObject() ? "',' or '}'" : "',' or ']'");
    Close();
  }
  SkipSpace();
  return next_ != text_.size() && FailExpecting("the end");
}

bool Scanner::ScanScalar() {
  if (Peek() == '"') {
    absl::string_view string;
    if (!ScanString(&string)) return false;
    Add(Kind::kString, string);
    return true;
  }
  if (Peek() == '-' || absl::ascii_isdigit(static_cast<unsigned char>(Peek()))) return ScanNumber();
  for (absl::string_view word : {"null", "true", "false"}) {
    if (!absl::StartsWith(text_.substr(next_), word)) continue;
    next_ += word.size();
    Add(word == "null" ? Kind::kNull : Kind::kBool, word);
    return true;
  }
  return FailExpecting("a value");
}

bool Scanner::ScanNumber() {
  const size_t start = next_;
  Take('-');
  if (!Take('0') && !ScanDigits()) return false;
  if (Take('.') && !ScanDigits()) return false;
  if (Take('e') || Take('E')) {
    if (!Take('+')) Take('-');
    if (!ScanDigits()) return false;
  }
  Add(Kind::kNumber, text_.substr(start, next_ - start));
  return true;
}

bool Scanner::ScanDigits() {
  const size_t start = next_;
  while (absl::ascii_isdigit(static_cast<unsigned char>(Peek()))) ++next_;
  return next_ != start || FailExpecting("a digit");
}

bool Scanner::ScanKey() {
  SkipSpace();
  if (Peek() != '"') return FailExpecting("a property name in double quotes");
  if (!ScanString(&key_)) return false;
  SkipSpace();
  return Take(':') || FailExpecting("':'");
}

bool Scanner::ScanString(absl::string_view* string) {
  const size_t start = ++next_;
  if (!ScanPlain()) return false;
  if (Peek() == '\\') return ScanEscaped(start, string);
  *string = text_.substr(start, next_ - start);
  ++next_;
  return true;
}

// Up to the next quote or backslash.
bool Scanner::ScanPlain() {
  for (; next_ < text_.size(); ++next_) {
    const char c = text_[next_];
    if (c == '"' || c == '\\') return true;
    if (IsControl(c)) return Fail("a control character in a string");
    if (!IsAscii(c) && !ScanUtf8()) return false;
  }
  return Fail("a string without an end");
}

// Leaves next_ at the last byte of the character.
bool Scanner::ScanUtf8() {
  const size_t length = Utf8Length(text_.substr(next_, 4));
  if (length == 0) return Fail("a string that is not UTF-8");
  next_ += length - 1;
  return true;
}

bool Scanner::ScanEscaped(size_t start, absl::string_view* string) {
  std::vector<char>& out = document_.unescaped_;
  // No string is longer than its escaped form, so this never grows again and views into it stay valid.
  if (out.capacity() == 0) out.reserve(text_.size());
  const size_t out_start = out.size();
  for (;;) {
    out.insert(out.end(), text_.begin() + start, text_.begin() + next_);
    if (Take('"')) break;
    if (!ScanEscape()) return false;
    start = next_;
    if (!ScanPlain()) return false;
  }
  *string = absl::string_view(out.data() + out_start, out.size() - out_start);
  return true;
}

bool Scanner::ScanEscape() {
  static constexpr absl::string_view kLetters = "\"\\/bfnrt";
  static constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
  ++next_;
  if (Take('u')) return ScanUnicodeEscape();
  const size_t letter = next_ < text_.size() ? kLetters.find(Peek()) : kLetters.npos;
  if (letter == kLetters.npos) return Fail("an unknown escape in a string");
  document_.unescaped_.push_back(kMeanings[letter]);
  ++next_;
  return true;
}

// RFC 8259, section 7: what is beyond U+FFFF is written as a pair of UTF-16 surrogates.
bool Scanner::ScanUnicodeEscape() {
  uint32_t code_point = 0;
  if (!ScanHexDigits(&code_point)) return false;
  if (code_point >= 0xdc00 && code_point <= 0xdfff) return Fail("half a surrogate pair in a string");
  if (code_point >= 0xd800 && code_point <= 0xdbff) {
    uint32_t low = 0;
    if (!Take('\\') || !Take('u')) return Fail("half a surrogate pair in a string");
    if (!ScanHexDigits(&low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return Fail("half a surrogate pair in a string");
    code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(code_point, document_.unescaped_);
  return true;
}

bool Scanner::ScanHexDigits(uint32_t* value) {
  for (int i = 0; i < 4; ++i, ++next_) {
    const auto c = static_cast<unsigned char>(Peek());
    if (!absl::ascii_isxdigit(c)) return FailExpecting("a hexadecimal digit");
    const int digit = absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
    *value = *value << 4 | static_cast<uint32_t>(digit);
  }
  return true;
}

bool Scanner::Take(char c) {
  if (next_ == text_.size() || text_[next_] != c) return false;
  ++next_;
  return true;
}

void Scanner::SkipSpace() {
  while (Peek() == ' ' || Peek() == '\n' || Peek() == '\t' || Peek() == '\r') ++next_;
}

bool Scanner::InObject() const {
  return document_.nodes_[open_].kind == Kind::kObject;
}

void Scanner::Add(Kind kind, absl::string_view text) {
  const auto next_node = static_cast<uint32_t>(document_.nodes_.size()) + 1;
  document_.nodes_.push_back({.kind = kind, .parent = open_, .end = next_node, .key = key_, .text = text});
  key_ = {};
}

void Scanner::Open(Kind kind) {
  Add(kind, {});
  open_ = static_cast<uint32_t>(document_.nodes_.size()) - 1;
}

void Scanner::Close() {
  Node& node = document_.nodes_[open_];
  node.end = static_cast<uint32_t>(document_.nodes_.size());
  open_ = node.parent;
}

bool Scanner::Fail(absl::string_view what) {
  fault_ = std::string(what);
  return false;
}

bool Scanner::FailExpecting(absl::string_view wanted) {
  if (next_ == text_.size()) return Fail(absl::StrCat("expected ", wanted, ", not the end"));
  const char c = Peek();
  const bool printable = absl::ascii_isprint(static_cast<unsigned char>(c));
  return Fail(
      absl::StrCat("expected ", wanted, printable ? absl::StrCat(", not '", std::string(1, c), "'") : ""));
}

}  // namespace tare::spec::json
