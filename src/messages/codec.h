// Protobuf's binary format (proto3) for plain structs: each lists its fields once, with their numbers, in
// TARE_MESSAGE, and is read by Decode<M>() and written by Encode().
//
//   struct KillRequest {
//     std::string id;
//     uint32_t signal = 0;
//     TARE_MESSAGE("containerd.task.v2.KillRequest", (1, id)(3, signal));
//   };
//
// Fields are bool, int32_t, uint32_t, int64_t, uint64_t, double, enum classes of int32_t, std::string (for
// string and bytes), messages, std::optional of a message, std::vector of these, and string maps. A message
// without optional is written unless it is empty; with it, whenever it is set.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "messages/fields.h"

// `name` is the message's full name: that of its errors, and of its type in an Any. kFields is for tests,
// which show messages as text.
#define TARE_MESSAGE(name, fields)                            \
  [[maybe_unused]] static constexpr char kName[] = name;      \
  [[maybe_unused]] static constexpr char kFields[] = #fields; \
  template <class Visitor>                                    \
  void Fields(Visitor& visit) {                               \
    static_cast<void>(visit fields);                          \
  }

namespace tare::messages {

// What protozero throws while `read` runs ends here, as an error that begins with `name`.
Status Guard(absl::string_view name, absl::FunctionRef<void()> read);

// An error if `bytes` are not a message. As in every protobuf reader, unknown fields are skipped, of a
// field that comes twice the last counts, and enums may have values that have no name here.
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
