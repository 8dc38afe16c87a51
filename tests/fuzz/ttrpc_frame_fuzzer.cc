// What a ttrpc peer sends, in pieces of any size: no bytes crash the parser, none are kept beyond the bound,
// and a frame that was read is the same when written and read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "messages/codec.h"
#include "ttrpc/envelope.h"
#include "ttrpc/frame.h"

namespace {

namespace ttrpc = tare::ttrpc;

void Require(bool condition) {
  if (!condition) abort();
}

std::vector<ttrpc::Frame> Parse(absl::string_view bytes, size_t piece) {
  ttrpc::FrameParser parser;
  std::vector<ttrpc::Frame> frames;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const auto on_frame = [&](ttrpc::Frame frame) {
      frames.push_back(std::move(frame));
      return true;
    };
    if (!parser.Parse(bytes.substr(at, piece), on_frame).ok()) break;
  }
  return frames;
}

void CheckAgain(const ttrpc::Frame& frame) {
  Require(frame.data.size() <= ttrpc::kMaxData);
  if (frame.too_long) return Require(frame.data.empty());
  const std::vector<ttrpc::Frame> again = Parse(ttrpc::Encode(frame), SIZE_MAX / 2);
  Require(again.size() == 1 && again[0].stream == frame.stream && again[0].type == frame.type &&
          again[0].flags == frame.flags && again[0].data == frame.data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<ttrpc::Frame> frames = Parse(bytes, std::max<size_t>(data[0], 1));
  Require(frames.size() == Parse(bytes, SIZE_MAX / 2).size());
  for (const ttrpc::Frame& frame : frames) {
    CheckAgain(frame);
    const auto request = tare::messages::Decode<ttrpc::Request>(frame.data);
    const auto response = tare::messages::Decode<ttrpc::Response>(frame.data);
  }
  return 0;
}
