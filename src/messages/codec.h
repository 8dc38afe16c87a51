// Protobuf's binary format (proto3) for plain structs. A struct lists its fields and their numbers in
// TARE_MESSAGE. Decode<M>() reads it and Encode() writes it.
//
//   struct KillRequest {
//     std::string id;
//     uint32_t signal = 0;
//     TARE_MESSAGE("containerd.task.v2.KillRequest", (1, id)(3, signal));
//   };
//
// The type of a field can be bool, int32_t, uint32_t, int64_t, uint64_t, double, an enum class of int32_t,
// std::string (for string and bytes), a message, a std::optional message, a std::vector of these, or a map of
// strings; for proto2 also a std::optional int32_t or enum. A message is written unless it is empty; a
// std::optional is written if it is set.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "messages/fields.h"

// `name` is the full name of the message, for errors and for its type in an Any. kFields is for tests, which
// print messages as text.
#define TARE_MESSAGE(name, fields)                            \
  [[maybe_unused]] static constexpr char kName[] = name;      \
  [[maybe_unused]] static constexpr char kFields[] = #fields; \
  template <class Visitor>                                    \
  void Fields(Visitor& visit) {                               \
    static_cast<void>(visit fields);                          \
  }

namespace tare::messages {

// Turns what protozero throws in `read` into an error that begins with `name`.
Status Guard(absl::string_view name, absl::FunctionRef<void()> read);

// An error if `bytes` are not a message. As in every protobuf reader, unknown fields are skipped, the last
// one counts if a field comes twice, and enums may have values without a name here.
template <Message M>
StatusOr<M> Decode(absl::string_view bytes) {
  M message;
  TARE_RETURN_IF_ERROR(Guard(M::kName, [&] { FieldReader(bytes).Read(message); }));
  return message;
}

template <Message M>
std::string Encode(const M& message) {
  std::string bytes;
  FieldWriter(bytes).Write(message);
  return bytes;
}

}  // namespace tare::messages
