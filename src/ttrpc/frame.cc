#include "ttrpc/frame.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tare::ttrpc {
namespace {

void AppendBigEndian(std::string& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
}

uint32_t BigEndianAt(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

std::string Encode(const Frame& frame) {
  std::string bytes;
  bytes.reserve(kHeaderSize + frame.data.size());
  AppendBigEndian(bytes, static_cast<uint32_t>(frame.data.size()));
  AppendBigEndian(bytes, frame.stream);
  bytes += static_cast<char>(frame.type);
  bytes += static_cast<char>(frame.flags);
  return bytes += frame.data;
}

Status FrameParser::Parse(absl::string_view bytes, absl::FunctionRef<bool(Frame)> on_frame) {
  while (!bytes.empty()) {
    if (header_size_ < kHeaderSize) {
      const size_t size = std::min(kHeaderSize - header_size_, bytes.size());
      memcpy(header_.data() + header_size_, bytes.data(), size);
      header_size_ += size;
      bytes.remove_prefix(size);
      if (header_size_ < kHeaderSize) break;
      TARE_RETURN_IF_ERROR(ParseHeader());
    }
    const size_t size = std::min(missing_, bytes.size());
    if (!frame_.too_long) frame_.data.append(bytes.data(), size);
    missing_ -= size;
    bytes.remove_prefix(size);
    if (missing_ == 0 && !on_frame(Finish())) break;
  }
  return absl::OkStatus();
}

Status FrameParser::ParseHeader() {
  const uint32_t length = BigEndianAt(header_.data());
  // The first byte is reserved and must be zero. Otherwise this is probably another protocol, not a frame of
  // 16 MiB or more.
  if (header_[0] != 0) return InvalidError("not a ttrpc frame: invalid length ", length);
  frame_.stream = BigEndianAt(header_.data() + 4);
  frame_.type = static_cast<FrameType>(header_[8]);
  frame_.flags = static_cast<uint8_t>(header_[9]);
  frame_.too_long = length > kMaxData;
  missing_ = length;
  return absl::OkStatus();
}

Frame FrameParser::Finish() {
  header_size_ = 0;
  return std::exchange(frame_, Frame{});
}

}  // namespace tare::ttrpc
