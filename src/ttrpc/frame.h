// ttrpc's frames: a header of ten bytes, then data (containerd/ttrpc, PROTOCOL.md).
//
//   0        4          8      9       10
//   | length | stream   | type | flags | data ...
//   (both 32 bits, big-endian)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::ttrpc {

inline constexpr size_t kHeaderSize = 10;
inline constexpr size_t kMaxData = 4 << 20;  // bytes; longer data is rejected

enum class FrameType : uint8_t { kRequest = 1, kResponse = 2, kData = 3 };  // others must be ignored

struct Frame {
  uint32_t stream = 0;  // odd and increasing for requests of a client
  FrameType type = FrameType::kRequest;
  uint8_t flags = 0;
  std::string data;
  bool too_long = false;  // `data` was longer than kMaxData and was dropped
};

// `frame.data` must not be longer than kMaxData.
std::string Encode(const Frame& frame);

// Splits a stream of bytes into frames. Between two frames it needs no memory.
class FrameParser {
 public:
  // Calls `on_frame` for each frame that `bytes` complete, until it returns false. After an error, which
  // means that the stream is not ttrpc, the parser cannot be used any more.
  Status Parse(absl::string_view bytes, absl::FunctionRef<bool(Frame)> on_frame);

 private:
  Status ParseHeader();
  Frame Finish();

  std::array<char, kHeaderSize> header_;
  size_t header_size_ = 0;
  size_t missing_ = 0;  // bytes of data until the frame is complete
  Frame frame_;
};

}  // namespace tare::ttrpc
