// What a D-Bus peer sends: no bytes crash the reader, and what is read is within the bytes.
#include <cstdint>

#include "absl/strings/string_view.h"
#include "cgroup/systemd/bus_message.h"

namespace {

// One value after another, of the kinds that `pattern` says, until one cannot be read.
void ReadValues(const tare::cgroup::systemd::BusMessage& message, absl::string_view pattern) {
  tare::cgroup::systemd::BodyReader reader(message);
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
  if (!tare::cgroup::systemd::SizeOf(bytes.substr(0, tare::cgroup::systemd::kFixedHeader)).ok()) return 0;
  const auto message = tare::cgroup::systemd::Decode(bytes);
  if (!message.ok()) return 0;
  ReadValues(*message, message->signature);
  ReadValues(*message, message->body);
  return 0;
}
