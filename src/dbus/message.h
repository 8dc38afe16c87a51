// Encodes and decodes D-Bus messages (D-Bus Specification, "Message Protocol"). Makes no system calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "dbus/property.h"

namespace tare::dbus {

enum class MessageType : uint8_t { kCall = 1, kReturn = 2, kError = 3, kSignal = 4 };

struct Message {
  MessageType type = MessageType::kCall;
  uint32_t serial = 0;
  uint32_t reply_serial = 0;
  std::string destination;
  std::string path;
  std::string interface;
  std::string member;
  std::string error_name;
  std::string signature;  // of the body
  std::string body;
  bool swapped = false;  // the body is not in this machine's byte order
};

// Far more than any message of systemd. With the limit of the protocol, 128 MiB, a peer could
// exhaust our memory.
inline constexpr size_t kMaxMessageSize = 1 << 20;
inline constexpr size_t kFixedHeader = 16;

std::string Encode(const Message& message);

// The size of the message that begins with these kFixedHeader bytes.
StatusOr<size_t> SizeOf(absl::string_view header);

// `bytes` must be one complete message.
StatusOr<Message> Decode(absl::string_view bytes);

// Builds a body, value by value, in this machine's byte order.
class BodyWriter {
 public:
  BodyWriter& Bool(bool value);
  BodyWriter& String(absl::string_view value);
  BodyWriter& Properties(const std::vector<Property>& properties);  // a(sv)
  BodyWriter& Uint32s(const std::vector<uint32_t>& values);         // au
  BodyWriter& EmptyArray(size_t alignment);                         // `alignment` is that of its elements

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads a body value by value. Reading beyond the end, or a value that is not valid, is an error.
class BodyReader {
 public:
  explicit BodyReader(const Message& message) : bytes_(message.body), swapped_(message.swapped) {}

  StatusOr<uint32_t> Uint32();
  StatusOr<uint64_t> Uint64();
  StatusOr<std::string> String();     // or an object path
  StatusOr<std::string> Signature();  // of a variant, before its value

 private:
  friend struct HeaderReader;
  BodyReader(absl::string_view bytes, bool swapped) : bytes_(bytes), swapped_(swapped) {}
  Status Align(size_t alignment);
  StatusOr<absl::string_view> Bytes(size_t count);

  absl::string_view bytes_;
  size_t at_ = 0;
  bool swapped_;
};

}  // namespace tare::dbus
