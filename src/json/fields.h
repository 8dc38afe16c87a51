// Reads and writes a struct by one list of its fields, so that each field is named once:
//
//   static void ListFields(auto& fields, json::FieldsOf<Point> auto& point) {
//     fields.Version(1);
//     fields.Required("x", point.x);
//     fields.Optional("label", point.label);
//   }
//   ... json::Read(text, name, json::ReadFields<Point>) ... json::WriteFields(point) ...
//
// The list is a template because a FieldReader is given a struct to fill and a FieldWriter a const one. Both
// write and read the fields in the order of the list. It is in the namespace of the struct, and static: in an
// unnamed namespace ReadFields() would not find it.
//
// A new field must be Optional, since older documents do not have it. A field that changes its meaning, or
// that an older tare must not ignore, needs a new version: see CheckVersion() in json/reader.h.
#pragma once

#include <concepts>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "json/reader.h"
#include "json/writer.h"

namespace tare::json {

// A struct that is filled, or a const one that is written.
template <typename T, typename Struct>
concept FieldsOf = std::same_as<std::remove_const_t<T>, Struct>;

template <typename T>
T ReadFields(Value object);
template <typename T>
Output WriteFields(const T& value);

inline void ReadField(Value at, bool& field) {
  field = at.Bool();
}
inline void ReadField(Value at, std::string& field) {
  field = at.String();
}
inline void ReadField(Value at, std::vector<std::string>& field) {
  field = at.Strings();
}
inline void ReadField(Value at, std::map<std::string, std::string>& field) {
  field = at.StringMap();
}
template <std::integral T>
void ReadField(Value at, T& field) {
  field = at.Integer<T>();
}

class FieldReader {
 public:
  explicit FieldReader(Value object) : object_(object) {}

  void Version(int newest) { CheckVersion(object_, newest); }

  template <typename T>
  void Required(absl::string_view name, T& field) {
    ReadField(object_.Required(name), field);
  }
  template <std::integral T>
  void Required(absl::string_view name, T& field, std::type_identity_t<T> min,
                T max = std::numeric_limits<T>::max()) {
    field = object_.Required(name).Integer<T>(min, max);
  }

  // Zero or empty if it is absent: a FieldWriter leaves it out then, because every byte costs time to parse.
  template <typename T>
  void Optional(absl::string_view name, T& field) {
    ReadField(object_[name], field);
  }
  template <typename T>
  void OptionalList(absl::string_view name, std::vector<T>& field, T (*read)(Value), auto /*write*/) {
    field = List(object_[name], read);
  }
  // Structs that have a list of fields themselves.
  template <typename T>
  void OptionalList(absl::string_view name, std::vector<T>& field) {
    field = List(object_[name], ReadFields<T>);
  }

 private:
  Value object_;
};

class FieldWriter {
 public:
  void Version(int newest) { object_["version"] = newest; }

  void Required(const char* name, const auto& field, auto... /*range*/) { object_[name] = field; }
  template <typename T>
  void Optional(const char* name, const T& field) {
    if (field != T{}) object_[name] = field;
  }
  template <typename T>
  void OptionalList(const char* name, const std::vector<T>& field, auto /*read*/, Output (*write)(const T&)) {
    if (field.empty()) return;
    Output& list = object_[name];
    for (const T& element : field) list.push_back(write(element));
  }
  template <typename T>
  void OptionalList(const char* name, const std::vector<T>& field) {
    OptionalList(name, field, nullptr, WriteFields<T>);
  }

  const Output& object() const { return object_; }

 private:
  Output object_;
};

template <typename T>
T ReadFields(Value object) {
  T value;
  FieldReader fields(object);
  ListFields(fields, value);
  return value;
}

template <typename T>
Output WriteFields(const T& value) {
  FieldWriter fields;
  ListFields(fields, value);
  return fields.object();
}

}  // namespace tare::json
