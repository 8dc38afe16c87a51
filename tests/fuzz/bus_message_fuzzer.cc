// What a D-Bus peer sends: no bytes crash the reader, and what is read is within the bytes.
#include <cstdint>

#include "absl/strings/string_view.h"
#include "dbus/message.h"

namespace {

// One value after another, of the kinds that `pattern` says, until one cannot be read.
void ReadValues(const tare::dbus::Message& message, absl::string_view pattern) {
  tare::dbus::BodyReader reader(message);
  for (char kind : pattern) {
    const bool read = kind % 3 == 0   ? reader.Uint32().ok()
                      : kind % 3 == 1 ? reader.String().ok()
                                      : reader.Signature().ok();
    if (!read) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!tare::dbus::SizeOf(bytes.substr(0, tare::dbus::kFixedHeader)).ok()) return 0;
  const auto message = tare::dbus::Decode(bytes);
  if (!message.ok()) return 0;
  ReadValues(*message, message->signature);
  ReadValues(*message, message->body);
  return 0;
}
