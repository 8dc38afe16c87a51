// One JSON document read into a flat tree, and typed access to it that keeps the first fault with its JSON
// pointer.
//
// A reader of a section is a plain function Value -> struct. It need not look after errors: a wrong or
// missing value reads as zero, the first fault sticks to the document, and Read() returns it in place of the
// result. Absent and null values are the same and read as zero without a fault.
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

// A value in a document, or none. Copies are cheap; the document outlives them.
class Value {
 public:
  Value(Document* document, uint32_t node) : document_(document), node_(node) {}

  bool present() const;
  absl::string_view key() const;  // of a member of an object

  // Of several with this name the last; without one, a name that differs in the case of letters only: see
  // Document::Member().
  Value operator[](absl::string_view member) const;
  Value Required(absl::string_view member) const;  // a fault if absent
  std::vector<Value> Elements() const;             // of an array; null elements are a fault
  std::vector<Value> Members() const;              // of an object, without the null ones

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

  // Something at this value that is odd and no fault: a warning, one a value (Document::remarks).
  void Remark(const std::string& what) const;

  // Makes `what` the document's fault, at this value's pointer, unless there is one already.
  void Fail(absl::string_view what) const;

 private:
  uint64_t IntegerBits(int64_t min, uint64_t max) const;  // two's complement
  bool Is(Kind kind, absl::string_view wanted) const;     // absent: false; of another kind: false and a fault

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

// What to do with the remarks on a document, which are not faults (Document::remarks).
enum class Remarks { kLog, kDrop };

// Parses `text`, lets `read` visit the root object, and returns the first fault, which begins with `name`.
Status Visit(absl::string_view text, absl::string_view name, Remarks remarks,
             absl::FunctionRef<void(Value)> read);

template <typename T>
StatusOr<T> Read(absl::string_view text, absl::string_view name, T (*read)(Value),
                 Remarks remarks = Remarks::kLog) {
  T result;
  TARE_RETURN_IF_ERROR(Visit(text, name, remarks, [&](Value root) { result = read(root); }));
  return result;
}

// A name of a closed set and what it stands for.
struct Word {
  absl::string_view name;
  int value;
};

// The value of the word at `at`, which is required; `kind` is what a fault calls it: `unknown rlimit type
// "X"`.
int WordAt(Value at, std::span<const Word> words, absl::string_view kind);

// The word itself, known to be one of `words`.
std::string KnownName(Value at, std::span<const absl::string_view> words, absl::string_view kind);

}  // namespace tare::json
