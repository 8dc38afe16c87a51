// FieldReader and FieldWriter, which visit the fields of a message. Used through messages/codec.h.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"

namespace tare::messages {

template <class M>
concept Message = requires {
  M::kName;
};

template <class E>
concept OpenEnum = std::is_enum_v<E> && std::same_as<std::underlying_type_t<E>, int32_t>;

// What a proto2 message may have as zero, which is not the same as not at all.
template <class N>
concept OptionalNumber = OpenEnum<N> || std::same_as<N, int32_t>;

using StringMap = std::map<std::string, std::string>;

// Reads every field of `bytes` into the member with its number. The depth of recursion is limited by the
// types, not by the bytes. Throws protozero::exception.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view bytes) : fields_(bytes.data(), bytes.size()) {}

  template <Message M>
  void Read(M& message) {
    while (Next()) message.Fields(*this);
  }

  FieldReader& operator()(uint32_t number, bool& value);
  FieldReader& operator()(uint32_t number, int32_t& value);
  FieldReader& operator()(uint32_t number, uint32_t& value);
  FieldReader& operator()(uint32_t number, int64_t& value);
  FieldReader& operator()(uint32_t number, uint64_t& value);
  FieldReader& operator()(uint32_t number, double& value);
  FieldReader& operator()(uint32_t number, std::string& value);
  FieldReader& operator()(uint32_t number, std::vector<std::string>& values);
  FieldReader& operator()(uint32_t number, std::vector<int32_t>& values);
  FieldReader& operator()(uint32_t number, std::vector<uint64_t>& values);
  FieldReader& operator()(uint32_t number, StringMap& values);

  template <OpenEnum E>
  FieldReader& operator()(uint32_t number, E& value) {
    int32_t plain = static_cast<int32_t>(value);
    (*this)(number, plain);
    value = static_cast<E>(plain);
    return *this;
  }
  template <Message M>
  FieldReader& operator()(uint32_t number, M& message) {
    if (TakeBytes(number)) FieldReader(View()).Read(message);
    return *this;
  }
  template <Message M>
  FieldReader& operator()(uint32_t number, std::optional<M>& message) {
    if (TakeBytes(number)) FieldReader(View()).Read(message ? *message : message.emplace());
    return *this;
  }
  template <OptionalNumber N>
  FieldReader& operator()(uint32_t number, std::optional<N>& value) {
    N plain{};
    const bool before = taken_;
    (*this)(number, plain);
    if (taken_ != before) value = plain;
    return *this;
  }
  template <Message M>
  FieldReader& operator()(uint32_t number, std::vector<M>& messages) {
    if (TakeBytes(number)) FieldReader(View()).Read(messages.emplace_back());
    return *this;
  }

 private:
  bool Next();
  // True if the present field has this number and type and was not read yet. A field of another type is
  // treated like an unknown one.
  bool Take(uint32_t number, protozero::pbf_wire_type type);
  bool TakeBytes(uint32_t number) { return Take(number, protozero::pbf_wire_type::length_delimited); }
  absl::string_view View();

  protozero::pbf_reader fields_;
  bool taken_ = true;
};

// Appends the fields that differ from their defaults to `bytes`.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& bytes) : fields_(bytes) {}

  template <Message M>
  void Write(const M& message) {
    const_cast<M&>(message).Fields(*this);  // as a visitor, this class takes every field as const
  }

  FieldWriter& operator()(uint32_t number, const bool& value);
  FieldWriter& operator()(uint32_t number, const int32_t& value);
  FieldWriter& operator()(uint32_t number, const uint32_t& value);
  FieldWriter& operator()(uint32_t number, const int64_t& value);
  FieldWriter& operator()(uint32_t number, const uint64_t& value);
  FieldWriter& operator()(uint32_t number, const double& value);
  FieldWriter& operator()(uint32_t number, const std::string& value);
  FieldWriter& operator()(uint32_t number, const std::vector<std::string>& values);
  FieldWriter& operator()(uint32_t number, const std::vector<int32_t>& values);
  FieldWriter& operator()(uint32_t number, const std::vector<uint64_t>& values);
  FieldWriter& operator()(uint32_t number, const StringMap& values);

  template <OpenEnum E>
  FieldWriter& operator()(uint32_t number, const E& value) {
    return (*this)(number, static_cast<int32_t>(value));
  }
  template <Message M>
  FieldWriter& operator()(uint32_t number, const M& message) {
    if (const std::string bytes = BytesOf(message); !bytes.empty()) fields_.add_message(number, bytes);
    return *this;
  }
  template <Message M>
  FieldWriter& operator()(uint32_t number, const std::optional<M>& message) {
    if (message) fields_.add_message(number, BytesOf(*message));
    return *this;
  }
  template <OptionalNumber N>
  FieldWriter& operator()(uint32_t number, const std::optional<N>& value) {
    if (value) fields_.add_int32(number, static_cast<int32_t>(*value));
    return *this;
  }
  template <Message M>
  FieldWriter& operator()(uint32_t number, const std::vector<M>& messages) {
    for (const M& message : messages) fields_.add_message(number, BytesOf(message));
    return *this;
  }

 private:
  template <Message M>
  static std::string BytesOf(const M& message) {
    std::string bytes;
    FieldWriter(bytes).Write(message);
    return bytes;
  }

  protozero::pbf_writer fields_;
};

}  // namespace tare::messages
