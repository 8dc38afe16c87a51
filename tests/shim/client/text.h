// Messages as text: PATH=VALUE, where a path is the names of fields and the indices of lists,
// with dots between.
//
//   id=web   rootfs.0.options.1=ro   exited_at.seconds=1700000000   annotations.key=value
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "messages/google.h"

namespace shim_client {

using tare::messages::Any;
using tare::messages::Message;
using tare::messages::OpenEnum;
using tare::messages::StringMap;

// "(1, id)(2, bundle)" as numbers and names.
inline std::map<uint32_t, std::string> FieldNames(absl::string_view fields) {
  std::map<uint32_t, std::string> names;
  for (absl::string_view field : absl::StrSplit(fields, ')', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(field.substr(field.find('(') + 1), absl::MaxSplits(',', 1));
    uint32_t number = 0;
    if (absl::SimpleAtoi(pair.first, &number))
      names[number] = std::string(absl::StripAsciiWhitespace(pair.second));
  }
  return names;
}

// Shows the message in an Any; empty if its type is not known here.
std::string ShowAny(const Any& any, const std::string& path);

// One line a field, those with default values included.
class Shower {
 public:
  explicit Shower(std::string path) : path_(std::move(path)) {}

  template <Message M>
  static std::string Show(M message, const std::string& path) {
    Shower shower(path);
    shower.names_ = FieldNames(M::kFields);
    message.Fields(shower);
    return shower.text_;
  }

  template <class T>
  Shower& operator()(uint32_t number, const T& value) {
    text_ += Lines(value, path_ + names_[number]);
    return *this;
  }

 private:
  static std::string Lines(const std::string& value, const std::string& path) {
    return absl::StrCat(path, "=", value, "\n");
  }
  static std::string Lines(bool value, const std::string& path) {
    return Lines(value ? "true" : "false", path);
  }
  static std::string Lines(const char* value, const std::string& path) {
    return Lines(std::string(value), path);
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  static std::string Lines(Number value, const std::string& path) { return Lines(absl::StrCat(value), path); }
  template <OpenEnum E>
  static std::string Lines(E value, const std::string& path) {
    return Lines(static_cast<int32_t>(value), path);
  }
  static std::string Lines(const Any& any, const std::string& path) {
    if (any.empty()) return "";
    const std::string shown = ShowAny(any, path + ".");
    return Lines(any.type_url, path + ".type_url") +
           (shown.empty() ? Lines(any.value, path + ".value") : shown);
  }
  template <Message M>
  static std::string Lines(const M& message, const std::string& path) {
    return Show(message, path + ".");
  }
  template <class T>
  static std::string Lines(const std::optional<T>& value, const std::string& path) {
    return value ? Lines(*value, path) : "";
  }
  template <class T>
  static std::string Lines(const std::vector<T>& values, const std::string& path) {
    std::string lines;
    for (size_t i = 0; i < values.size(); ++i) lines += Lines(values[i], absl::StrCat(path, ".", i));
    return lines;
  }
  static std::string Lines(const StringMap& map, const std::string& path) {
    std::string lines;
    for (const auto& [key, value] : map) lines += Lines(value, absl::StrCat(path, ".", key));
    return lines;
  }

  std::string path_;
  std::map<uint32_t, std::string> names_;
  std::string text_;
};

using Path = std::vector<std::string>;

// Sets the field at a path in the message in an Any, which becomes a containerd.runc.v1.Options,
// containerd.runc.v1.CheckpointOptions or runtime.v1.PodSandboxConfig, whichever has the field.
bool SetInAny(Any& any, const Path& path, const std::string& value);

// Sets one field.
class Setter {
 public:
  // False if there is no such field, or it cannot have this value.
  template <Message M>
  static bool Set(M& message, const Path& path, const std::string& value) {
    if (path.empty()) return false;
    for (const auto& [number, name] : FieldNames(M::kFields)) {
      if (name != path[0]) continue;
      Setter setter(number, Path(path.begin() + 1, path.end()), value);
      message.Fields(setter);
      return setter.done_;
    }
    return false;
  }

  template <class T>
  Setter& operator()(uint32_t number, T& field) {
    if (number == number_) done_ = To(field, path_, value_);
    return *this;
  }

 private:
  Setter(uint32_t number, Path path, const std::string& value)
      : number_(number), path_(std::move(path)), value_(value) {}

  static bool To(std::string& field, const Path& path, const std::string& value) {
    field = value;
    return path.empty();
  }
  static bool To(bool& field, const Path& path, const std::string& value) {
    return path.empty() && absl::SimpleAtob(value, &field);
  }
  static bool To(double& field, const Path& path, const std::string& value) {
    return path.empty() && absl::SimpleAtod(value, &field);
  }
  template <class Number>
  requires std::is_integral_v<Number>
  static bool To(Number& field, const Path& path, const std::string& value) {
    return path.empty() && absl::SimpleAtoi(value, &field);
  }
  template <OpenEnum E>
  static bool To(E& field, const Path& path, const std::string& value) {
    int32_t number = 0;
    const bool done = To(number, path, value);
    field = static_cast<E>(number);
    return done;
  }
  static bool To(Any& any, const Path& path, const std::string& value) {
    return path == Path{"type_url"} || path == Path{"value"} ? Set(any, path, value)
                                                             : SetInAny(any, path, value);
  }
  template <Message M>
  static bool To(M& message, const Path& path, const std::string& value) {
    return Set(message, path, value);
  }
  template <class T>
  static bool To(std::optional<T>& field, const Path& path, const std::string& value) {
    return To(field ? *field : field.emplace(), path, value);
  }
  template <class T>
  static bool To(std::vector<T>& fields, const Path& path, const std::string& value) {
    size_t index = 0;
    if (path.empty() || !absl::SimpleAtoi(path[0], &index) || index > 1000) return false;
    if (fields.size() <= index) fields.resize(index + 1);
    return To(fields[index], Path(path.begin() + 1, path.end()), value);
  }
  static bool To(StringMap& map, const Path& path, const std::string& value) {
    if (path.empty()) return false;
    map[absl::StrJoin(path, ".")] = value;
    return true;
  }

  uint32_t number_;
  Path path_;
  const std::string& value_;
  bool done_ = false;
};

}  // namespace shim_client
