#include "dbus/message.h"

#include <bit>
#include <cstring>
#include <functional>

namespace tare::dbus {
namespace {

constexpr uint8_t kProtocol = 1;
constexpr char kOurOrder = std::endian::native == std::endian::little ? 'l' : 'B';
constexpr char kOtherOrder = kOurOrder == 'l' ? 'B' : 'l';

// "Header Fields" of the specification.
enum Field : uint8_t {
  kPath = 1,
  kInterface = 2,
  kMember = 3,
  kErrorName = 4,
  kReplySerial = 5,
  kDestination = 6,
  kSender = 7,
  kSignature = 8,
};

void Pad(std::string& out, size_t alignment) {
  out.append((alignment - out.size() % alignment) % alignment, '\0');
}

// A number is aligned to its own size.
template <typename Number>
void Append(std::string& out, Number number) {
  Pad(out, sizeof number);
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void AppendString(std::string& out, absl::string_view text) {
  Append(out, static_cast<uint32_t>(text.size()));
  absl::StrAppend(&out, text);
  out += '\0';
}

void AppendSignature(std::string& out, absl::string_view signature) {
  out += static_cast<char>(signature.size());
  absl::StrAppend(&out, signature);
  out += '\0';
}

// The length does not include the padding between the length and the first element.
void AppendArray(std::string& out, size_t alignment, const std::function<void()>& elements) {
  Pad(out, sizeof(uint32_t));
  const size_t length_at = out.size();
  Append(out, uint32_t{0});
  Pad(out, alignment);
  const size_t begin = out.size();
  elements();
  const auto length = static_cast<uint32_t>(out.size() - begin);
  memcpy(out.data() + length_at, &length, sizeof length);
}

struct AppendVariant {
  std::string& out;

  void operator()(bool value) const { Number("b", static_cast<uint32_t>(value)); }
  void operator()(int32_t value) const { Number("i", value); }
  void operator()(uint32_t value) const { Number("u", value); }
  void operator()(int64_t value) const { Number("x", value); }
  void operator()(uint64_t value) const { Number("t", value); }
  void operator()(double value) const { Number("d", value); }
  void operator()(const std::string& value) const {
    AppendSignature(out, "s");
    AppendString(out, value);
  }
  void operator()(const std::vector<uint8_t>& value) const { Array("ay", 1, value); }
  void operator()(const std::vector<uint32_t>& value) const { Array("au", 4, value); }
  void operator()(const std::vector<std::string>& value) const {
    AppendSignature(out, "as");
    AppendArray(out, 4, [&] {
      for (const std::string& one : value) AppendString(out, one);
    });
  }
  void operator()(const Pairs& value) const {
    AppendSignature(out, "a(ss)");
    AppendArray(out, 8, [&] {
      for (const auto& [first, second] : value) {
        Pad(out, 8);
        AppendString(out, first);
        AppendString(out, second);
      }
    });
  }

  template <typename T>
  void Number(const char* signature, T value) const {
    AppendSignature(out, signature);
    Append(out, value);
  }
  template <typename T>
  void Array(const char* signature, size_t alignment, const std::vector<T>& value) const {
    AppendSignature(out, signature);
    AppendArray(out, alignment, [&] {
      for (T one : value) Append(out, one);
    });
  }
};

void AppendField(std::string& out, Field field, absl::string_view signature, absl::string_view text) {
  if (text.empty()) return;
  Pad(out, 8);
  out += static_cast<char>(field);
  AppendSignature(out, signature);
  if (signature == "g")
    AppendSignature(out, text);
  else
    AppendString(out, text);
}

Status Malformed(const char* what) {
  return absl::DataLossError(absl::StrCat("malformed D-Bus message: ", what));
}

}  // namespace

std::string Encode(const Message& message) {
  std::string out = {kOurOrder, static_cast<char>(message.type), '\0', kProtocol};
  Append(out, static_cast<uint32_t>(message.body.size()));
  Append(out, message.serial);
  AppendArray(out, 8, [&] {
    AppendField(out, kPath, "o", message.path);
    AppendField(out, kInterface, "s", message.interface);
    AppendField(out, kMember, "s", message.member);
    AppendField(out, kErrorName, "s", message.error_name);
    AppendField(out, kDestination, "s", message.destination);
    AppendField(out, kSignature, "g", message.signature);
    if (message.reply_serial != 0) {
      Pad(out, 8);
      out += static_cast<char>(kReplySerial);
      AppendSignature(out, "u");
      Append(out, message.reply_serial);
    }
  });
  Pad(out, 8);
  return out + message.body;
}

BodyWriter& BodyWriter::Bool(bool value) {
  Append(bytes_, static_cast<uint32_t>(value));
  return *this;
}

BodyWriter& BodyWriter::String(absl::string_view value) {
  AppendString(bytes_, value);
  return *this;
}

BodyWriter& BodyWriter::Properties(const std::vector<Property>& properties) {
  AppendArray(bytes_, 8, [&] {
    for (const Property& property : properties) {
      Pad(bytes_, 8);
      AppendString(bytes_, property.name);
      std::visit(AppendVariant{bytes_}, property.value);
    }
  });
  return *this;
}

BodyWriter& BodyWriter::Uint32s(const std::vector<uint32_t>& values) {
  AppendArray(bytes_, 4, [&] {
    for (uint32_t value : values) Append(bytes_, value);
  });
  return *this;
}

BodyWriter& BodyWriter::EmptyArray(size_t alignment) {
  AppendArray(bytes_, alignment, [] {});
  return *this;
}

Status BodyReader::Align(size_t alignment) {
  const size_t aligned = (at_ + alignment - 1) / alignment * alignment;
  if (aligned > bytes_.size()) return Malformed("truncated in its padding");
  at_ = aligned;
  return absl::OkStatus();
}

StatusOr<absl::string_view> BodyReader::Bytes(size_t count) {
  if (count > bytes_.size() - at_) return Malformed("truncated in a value");
  const absl::string_view bytes = bytes_.substr(at_, count);
  at_ += count;
  return bytes;
}

StatusOr<uint32_t> BodyReader::Uint32() {
  TARE_RETURN_IF_ERROR(Align(sizeof(uint32_t)));
  TARE_ASSIGN_OR_RETURN(const absl::string_view bytes, Bytes(sizeof(uint32_t)));
  uint32_t value = 0;
  memcpy(&value, bytes.data(), sizeof value);
  return swapped_ ? __builtin_bswap32(value) : value;
}

StatusOr<uint64_t> BodyReader::Uint64() {
  TARE_RETURN_IF_ERROR(Align(sizeof(uint64_t)));
  TARE_ASSIGN_OR_RETURN(const absl::string_view bytes, Bytes(sizeof(uint64_t)));
  uint64_t value = 0;
  memcpy(&value, bytes.data(), sizeof value);
  return swapped_ ? __builtin_bswap64(value) : value;
}

StatusOr<std::string> BodyReader::String() {
  TARE_ASSIGN_OR_RETURN(const uint32_t length, Uint32());
  TARE_ASSIGN_OR_RETURN(const absl::string_view text, Bytes(length));
  TARE_ASSIGN_OR_RETURN(const absl::string_view end, Bytes(1));
  if (end[0] != '\0') return Malformed("a string has no terminator");
  return std::string(text);
}

StatusOr<std::string> BodyReader::Signature() {
  TARE_ASSIGN_OR_RETURN(const absl::string_view length, Bytes(1));
  TARE_ASSIGN_OR_RETURN(const absl::string_view text, Bytes(static_cast<uint8_t>(length[0])));
  TARE_ASSIGN_OR_RETURN(const absl::string_view end, Bytes(1));
  if (end[0] != '\0') return Malformed("a signature has no terminator");
  return std::string(text);
}

// Reads the fields of the header: an array of structs, each of a code and a variant.
struct HeaderReader {
  HeaderReader(absl::string_view bytes, bool swapped) : reader(bytes, swapped) { reader.at_ = kFixedHeader; }

  Status ReadInto(Message& message) {
    while (reader.at_ < reader.bytes_.size()) {
      TARE_RETURN_IF_ERROR(reader.Align(8));
      TARE_ASSIGN_OR_RETURN(const absl::string_view code, reader.Bytes(1));
      TARE_ASSIGN_OR_RETURN(const std::string signature, reader.Signature());
      TARE_RETURN_IF_ERROR(ReadField(static_cast<uint8_t>(code[0]), signature, message));
    }
    return absl::OkStatus();
  }

  Status ReadField(uint8_t code, const std::string& signature, Message& message) {
    if (signature == "u") {
      TARE_ASSIGN_OR_RETURN(const uint32_t number, reader.Uint32());
      if (code == kReplySerial) message.reply_serial = number;
      return absl::OkStatus();
    }
    if (signature != "s" && signature != "o" && signature != "g")
      return Malformed("a header field has an unknown type");
    TARE_ASSIGN_OR_RETURN(std::string text, signature == "g" ? reader.Signature() : reader.String());
    if (std::string* field = FieldOf(code, message)) *field = std::move(text);
    return absl::OkStatus();
  }

  // The specification says that unknown fields are to be ignored.
  static std::string* FieldOf(uint8_t code, Message& message) {
    switch (code) {
      case kPath:
        return &message.path;
      case kInterface:
        return &message.interface;
      case kMember:
        return &message.member;
      case kErrorName:
        return &message.error_name;
      case kDestination:
        return &message.destination;
      case kSignature:
        return &message.signature;
      default:
        return nullptr;
    }
  }

  BodyReader reader;
};

namespace {

struct FixedHeader {
  uint32_t body = 0;
  uint32_t serial = 0;
  uint32_t fields = 0;
  bool swapped = false;

  size_t fields_end() const { return kFixedHeader + size_t{fields}; }
  size_t body_begin() const { return (fields_end() + 7) / 8 * 8; }
  size_t size() const { return body_begin() + body; }
};

StatusOr<FixedHeader> ReadFixedHeader(absl::string_view bytes) {
  if (bytes.size() < kFixedHeader) return Malformed("truncated in its header");
  if (bytes[0] != kOurOrder && bytes[0] != kOtherOrder) return Malformed("unknown byte order");
  if (bytes[3] != kProtocol) return Malformed("unknown protocol version");
  FixedHeader header{.swapped = bytes[0] == kOtherOrder};
  uint32_t numbers[3];
  memcpy(numbers, bytes.data() + 4, sizeof numbers);
  if (header.swapped)
    for (uint32_t& number : numbers) number = __builtin_bswap32(number);
  header.body = numbers[0];
  header.serial = numbers[1];
  header.fields = numbers[2];
  if (header.body > kMaxMessageSize || header.fields > kMaxMessageSize || header.size() > kMaxMessageSize)
    return Malformed("larger than 1 MiB");
  return header;
}

}  // namespace

StatusOr<size_t> SizeOf(absl::string_view header) {
  TARE_ASSIGN_OR_RETURN(const FixedHeader fixed, ReadFixedHeader(header));
  return fixed.size();
}

StatusOr<Message> Decode(absl::string_view bytes) {
  TARE_ASSIGN_OR_RETURN(const FixedHeader fixed, ReadFixedHeader(bytes));
  if (bytes.size() != fixed.size()) return Malformed("its size does not match its header");
  const auto type = static_cast<uint8_t>(bytes[1]);
  if (type < 1 || type > 4) return Malformed("unknown message type");
  Message message{.type = static_cast<MessageType>(type), .serial = fixed.serial, .swapped = fixed.swapped};
  HeaderReader header(bytes.substr(0, fixed.fields_end()), fixed.swapped);
  TARE_RETURN_IF_ERROR(header.ReadInto(message));
  message.body = std::string(bytes.substr(fixed.body_begin()));
  return message;
}

}  // namespace tare::dbus
