// Reads typed values from a JSON document, and reports the first fault with its JSON pointer.
//
// A section of a document is read by a plain function from a Value to a struct. It does not have to handle
// errors: a wrong or missing value reads as zero, the document remembers the first fault, and Read()
// returns that fault instead of the result. A null value is treated like an absent one; both read as zero
// without a fault.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::json {

class Document;
enum class Kind : uint8_t;

// A value in a document, which may be absent. It is cheap to copy, and valid as long as the document exists.
class Value {
 public:
  Value(Document* document, uint32_t node) : document_(document), node_(node) {}

  bool present() const;
  bool IsObject() const;
  absl::string_view key() const;  // the name, if it is a member of an object

  // Document::Member(): if there are several with this name, the last; if there is none, one whose name
  // differs only in upper and lower case.
  Value operator[](absl::string_view member) const;
  Value Required(absl::string_view member) const;  // a fault if absent
  std::vector<Value> Elements() const;             // for an array; null elements are a fault
  std::vector<Value> Members() const;              // for an object; null members are left out

  bool Bool() const;
  std::optional<bool> OptionalBool() const;
  std::string String() const;
  std::optional<std::string> OptionalString() const;
  std::string NonEmptyString() const;
  std::string AbsolutePath() const;
  std::vector<std::string> Strings() const;
  std::map<std::string, std::string> StringMap() const;

  template <typename T>
  T Integer(T min = std::numeric_limits<T>::min(), T max = std::numeric_limits<T>::max()) const {
    return static_cast<T>(IntegerBits(static_cast<int64_t>(min), static_cast<uint64_t>(max)));
  }
  template <typename T>
  std::optional<T> OptionalInteger(T min = std::numeric_limits<T>::min(),
                                   T max = std::numeric_limits<T>::max()) const {
    return present() ? std::optional<T>(Integer<T>(min, max)) : std::nullopt;
  }

  // Adds a warning about this value, unless it has one already (Document::remarks).
  void Remark(const std::string& what) const;

  // Makes `what` the document's fault, with this value's pointer, unless the document has a fault already.
  void Fail(absl::string_view what, absl::StatusCode code = absl::StatusCode::kInvalidArgument) const;

 private:
  uint64_t IntegerBits(int64_t min, uint64_t max) const;  // two's complement
  bool Is(Kind kind, absl::string_view wanted) const;     // another kind is a fault, an absent value is not

  Document* document_;
  uint32_t node_;
};

template <typename T>
std::optional<T> Optional(Value at, T (*read)(Value)) {
  return at.present() ? std::optional<T>(read(at)) : std::nullopt;
}

template <typename T>
std::vector<T> List(Value at, T (*read)(Value)) {
  std::vector<T> list;
  for (Value element : at.Elements()) list.push_back(read(element));
  return list;
}

template <typename T>
std::map<std::string, T> Map(Value at, T (*read)(Value)) {
  std::map<std::string, T> map;
  for (Value member : at.Members()) map.insert_or_assign(std::string(member.key()), read(member));
  return map;
}

// What to do with a document's remarks (Document::remarks).
enum class Remarks { kLog, kDrop };

// What the outermost value of a document must be.
enum class Top { kObject, kAny };

// Parses `text`, lets `read` visit the outermost value, and returns the first fault. Its message
// begins with `name`.
Status Visit(absl::string_view text, absl::string_view name, Remarks remarks, Top top,
             absl::FunctionRef<void(Value)> read);

template <typename T>
StatusOr<T> Read(absl::string_view text, absl::string_view name, T (*read)(Value),
                 Remarks remarks = Remarks::kLog, Top top = Top::kObject) {
  T result;
  TARE_RETURN_IF_ERROR(Visit(text, name, remarks, top, [&](Value root) { result = read(root); }));
  return result;
}

// Checks the member "version" of one of tare's own documents. If it is newer than `newest`, the document's
// fault has the code Unimplemented: a newer tare has written the document, and the other members may mean
// something else. An absent version reads as 0, which is older than all others.
void CheckVersion(Value root, int newest);

// One of a fixed set of words, and its value.
struct Word {
  absl::string_view name;
  int value;
};

// The value of the word at `at`. Another word is a fault, which uses `kind`: `unknown rlimit type "X"`.
int WordAt(Value at, std::span<const Word> words, absl::string_view kind);

// The word itself. One that is not in `words` is a fault.
std::string KnownName(Value at, std::span<const absl::string_view> words, absl::string_view kind);

}  // namespace tare::json
