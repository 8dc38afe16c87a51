// Changes a JSON text: it is parsed to a tree, which is read and changed by JSON pointers (RFC 6901), and
// written again. Order, unknown members and members that are given twice are kept.
//
// This is for documents that flags of the command line change before they are read (a config.json). Without
// such flags no Editor is made, because a tree takes several times as long as json/document.h.
//
// A member is found as Document::Member() finds it: of several with the same name the last one counts, and if
// there is none, or if it is null, one whose name differs only in upper and lower case. So what is changed is
// what the reader reads. A null value counts as absent.
//
// There are no errors after Parse(). If a value on the way to a pointer is of another kind than the pointer
// needs (a string where an object must be), reading finds nothing and changing does nothing. The value is
// still in Text(), and the reader of that text reports it with its pointer.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::json {

// A value that is given as JSON text. The text must be valid JSON: whoever passes it has written or parsed
// it.
struct Raw {
  std::string text;
};

// A value for an Editor.
class NewValue {
 public:
  template <std::same_as<bool> T>  // so that a const char* is not taken for a bool
  NewValue(T value) : value_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) NewValue(T value) {
    if constexpr (std::is_signed_v<T>)
      value_ = int64_t{value};
    else
      value_ = uint64_t{value};
  }
  NewValue(std::string value) : value_(std::move(value)) {}
  NewValue(absl::string_view value) : value_(std::string(value)) {}
  NewValue(const char* value) : value_(std::string(value)) {}
  NewValue(std::vector<std::string> value) : value_(std::move(value)) {}
  NewValue(Raw value) : value_(std::move(value)) {}

 private:
  friend class Editor;
  std::variant<bool, int64_t, uint64_t, std::string, std::vector<std::string>, Raw> value_;
};

class Editor {
 public:
  // Malformed JSON, and a document that is not an object, are errors that begin with `name`, as in
  // Document::Parse. Text after the object is dropped. The tree has at most kMostLevels levels, because it is
  // written recursively.
  static StatusOr<Editor> Parse(absl::string_view text, absl::string_view name);
  static constexpr int kMostLevels = 1000;

  Editor(Editor&& other) noexcept;
  Editor& operator=(Editor&& other) noexcept;
  ~Editor();

  bool Has(absl::string_view pointer) const;
  size_t Size(
      absl::string_view pointer) const;  // elements of an array, members of an object; 0 for all others
  std::optional<bool> Bool(absl::string_view pointer) const;
  std::optional<std::string> String(absl::string_view pointer) const;
  std::optional<int64_t> Integer(absl::string_view pointer) const;  // nothing if it does not fit
  std::vector<std::string> Strings(
      absl::string_view pointer) const;  // the elements of an array that are strings
  std::vector<std::string> Names(
      absl::string_view pointer) const;  // of an object's members, as they are written

  std::optional<Raw> Value(absl::string_view pointer) const;  // of any kind

  // Replaces the value, or adds it. Missing objects on the way are made; "-" as the last token appends to an
  // array, which is made if it is missing.
  void Set(absl::string_view pointer, const NewValue& value);

  // Into an array, which is made if it is missing, before the element `index`, or at the end if there is
  // none.
  void Insert(absl::string_view array, size_t index, const NewValue& value);

  // An element, or every member that has this name, in upper or lower case.
  void Remove(absl::string_view pointer);

  std::string Text() const;      // on one line
  std::string Indented() const;  // for people

 private:
  struct Tree;

  explicit Editor(std::unique_ptr<Tree> tree);

  std::unique_ptr<Tree> tree_;
};

// A name as a token of a JSON pointer: "a/b" becomes "a~1b".
std::string PointerToken(absl::string_view name);

}  // namespace tare::json
