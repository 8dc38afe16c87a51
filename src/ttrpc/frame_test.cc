#include "ttrpc/frame.h"

#include <gtest/gtest.h>

#include <vector>

namespace tare::ttrpc {
namespace {

template <size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

std::string Header(uint32_t length) {
  return Encode({.stream = 1})
      .replace(0, 4,
               {static_cast<char>(length >> 24), static_cast<char>(length >> 16),
                static_cast<char>(length >> 8), static_cast<char>(length)});
}

std::vector<Frame> ParseInPieces(const std::string& bytes, size_t piece) {
  FrameParser parser;
  std::vector<Frame> frames;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const Status status = parser.Parse(absl::string_view(bytes).substr(at, piece), [&](Frame frame) {
      frames.push_back(std::move(frame));
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  return frames;
}

TEST(Frame, IsTenBytesAndData) {
  EXPECT_EQ(Encode({.stream = 0x01020305, .type = FrameType::kResponse, .flags = 7, .data = "hi"}),
            Bytes("\0\0\0\2\1\2\3\5\2\7hi"));
  EXPECT_EQ(Encode({.stream = 1}), Bytes("\0\0\0\0\0\0\0\1\1\0"));
}

TEST(FrameParser, TakesPiecesOfAnySize) {
  const std::string bytes = Encode({.stream = 1, .data = "first"}) +
                            Encode({.stream = 3, .type = FrameType::kData, .flags = 1}) +
                            Encode({.stream = 0xffffffff, .type = FrameType::kResponse, .data = "last"});
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    const std::vector<Frame> frames = ParseInPieces(bytes, piece);
    ASSERT_EQ(frames.size(), 3u) << piece;
    EXPECT_EQ(frames[0].data, "first");
    EXPECT_EQ(frames[1].type, FrameType::kData);
    EXPECT_EQ(frames[1].flags, 1);
    EXPECT_EQ(frames[1].data, "");
    EXPECT_EQ(frames[2].stream, 0xffffffffu);
    EXPECT_EQ(frames[2].data, "last");
  }
}

TEST(FrameParser, WaitsForAWholeFrame) {
  EXPECT_TRUE(ParseInPieces(Bytes("\0\0\0\0\0\0\0\1\1"), 100).empty());
  EXPECT_TRUE(ParseInPieces(Bytes("\0\0\0\2\0\0\0\1\1\0h"), 100).empty());
}

TEST(FrameParser, TakesFourMebibytesAndNotMore) {
  const std::string next = Encode({.stream = 3, .data = "next"});
  const std::vector<Frame> most = ParseInPieces(Header(kMaxData) + std::string(kMaxData, 'x') + next, 100000);
  ASSERT_EQ(most.size(), 2u);
  EXPECT_FALSE(most[0].too_long);
  EXPECT_EQ(most[0].data.size(), kMaxData);
  const std::vector<Frame> more =
      ParseInPieces(Header(kMaxData + 1) + std::string(kMaxData + 1, 'x') + next, 100000);
  ASSERT_EQ(more.size(), 2u);
  EXPECT_TRUE(more[0].too_long);
  EXPECT_EQ(more[0].stream, 1u);
  EXPECT_EQ(more[0].data, "") << "what is too long is not kept";
  EXPECT_EQ(more[1].data, "next");
}

TEST(FrameParser, RefusesWhatIsNoTtrpc) {
  FrameParser parser;
  const Status status = parser.Parse("GET / HTTP/1.1", [](const Frame&) { return true; });
  EXPECT_EQ(status.message(), "not a ttrpc frame: invalid length 1195725856");
}

TEST(FrameParser, StopsWhenToldTo) {
  FrameParser parser;
  int calls = 0;
  const std::string bytes = Encode({.stream = 1}) + Encode({.stream = 3});
  EXPECT_TRUE(parser.Parse(bytes, [&](const Frame&) { return ++calls > 1; }).ok());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace tare::ttrpc
