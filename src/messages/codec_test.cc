#include "messages/codec.h"

#include <gtest/gtest.h>

#include "messages/google.h"

namespace tare::messages {
namespace {

enum class Colour : int32_t { kNone = 0, kRed = 1 };

struct Leaf {
  std::string name;
  TARE_MESSAGE("test.Leaf", (1, name));
};

struct Everything {
  bool flag = false;
  int32_t small = 0;
  uint32_t unsigned_small = 0;
  int64_t big = 0;
  uint64_t unsigned_big = 0;
  double real = 0;
  std::string text;
  Colour colour = Colour::kNone;
  Leaf leaf;
  std::optional<Leaf> perhaps;
  std::vector<Leaf> leaves;
  std::vector<std::string> texts;
  std::vector<uint64_t> numbers;
  std::vector<int32_t> codes;
  StringMap map;
  TARE_MESSAGE("test.Everything",
               (1, flag)(2, small)(3, unsigned_small)(4, big)(5, unsigned_big)(6, real)(7, text)(8, colour)(
                   9, leaf)(10, perhaps)(11, leaves)(12, texts)(13, numbers)(14, codes)(15, map));
};

Everything Read(absl::string_view bytes) {
  const StatusOr<Everything> read = Decode<Everything>(bytes);
  EXPECT_TRUE(read.ok()) << read.status();
  return read.ok() ? *read : Everything{};
}

std::string Fault(absl::string_view bytes) {
  return std::string(Decode<Everything>(bytes).status().message());
}

template <size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

TEST(Codec, WritesNothingForDefaults) {
  EXPECT_EQ(Encode(Everything{}), "");
}

// Each line was made by `protoc --encode`.
TEST(Codec, WritesWhatProtocWrites) {
  EXPECT_EQ(Encode(Everything{.flag = true}), Bytes("\x08\x01"));
  EXPECT_EQ(Encode(Everything{.small = -1}), Bytes("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  EXPECT_EQ(Encode(Everything{.unsigned_small = 300}), Bytes("\x18\xac\x02"));
  EXPECT_EQ(Encode(Everything{.big = INT64_MIN}), Bytes("\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
  EXPECT_EQ(Encode(Everything{.unsigned_big = UINT64_MAX}),
            Bytes("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  EXPECT_EQ(Encode(Everything{.real = 1.5}), Bytes("\x31\x00\x00\x00\x00\x00\x00\xf8\x3f"));
  EXPECT_EQ(Encode(Everything{.text = "ab"}), Bytes("\x3a\x02"
                                                    "ab"));
  EXPECT_EQ(Encode(Everything{.colour = Colour::kRed}), Bytes("\x40\x01"));
  EXPECT_EQ(Encode(Everything{.leaf = {"x"}}), Bytes("\x4a\x03\x0a\x01x"));
  EXPECT_EQ(Encode(Everything{.leaves = {{"x"}, {}}}), Bytes("\x5a\x03\x0a\x01x\x5a\x00"));
  EXPECT_EQ(Encode(Everything{.texts = {"x", ""}}), Bytes("\x62\x01x\x62\x00"));
  EXPECT_EQ(Encode(Everything{.numbers = {1, 300}}), Bytes("\x6a\x03\x01\xac\x02"));
  EXPECT_EQ(Encode(Everything{.codes = {1, 2}}), Bytes("\x72\x02\x01\x02"));
  EXPECT_EQ(Encode(Everything{.map = {{"k", "v"}}}), Bytes("\x7a\x06\x0a\x01k\x12\x01v"));
}

TEST(Codec, AnOptionalMessageIsWrittenWheneverItIsSet) {
  EXPECT_EQ(Encode(Everything{.perhaps = Leaf{}}), Bytes("\x52\x00"));
  EXPECT_TRUE(Read(Bytes("\x52\x00")).perhaps.has_value());
  EXPECT_FALSE(Read("").perhaps.has_value());
}

TEST(Codec, ReadsWhatItWrites) {
  const Everything all{.flag = true,
                       .small = -7,
                       .unsigned_small = 7,
                       .big = -70,
                       .unsigned_big = 70,
                       .real = -0.5,
                       .text = Bytes("a\0b"),
                       .colour = static_cast<Colour>(99),
                       .leaf = {"leaf"},
                       .perhaps = Leaf{"perhaps"},
                       .leaves = {{"1"}, {"2"}},
                       .texts = {"", "t"},
                       .numbers = {0, 1, UINT64_MAX},
                       .codes = {-1, 0},
                       .map = {{"", ""}, {"k", "v"}}};
  const Everything read = Read(Encode(all));
  EXPECT_EQ(Encode(read), Encode(all));
  EXPECT_EQ(read.small, -7);
  EXPECT_EQ(read.text, Bytes("a\0b"));
  EXPECT_EQ(read.colour, static_cast<Colour>(99)) << "an open enum keeps a value without a name";
  EXPECT_EQ(read.perhaps->name, "perhaps");
  EXPECT_EQ(read.leaves.size(), 2u);
  EXPECT_EQ(read.texts, (std::vector<std::string>{"", "t"}));
  EXPECT_EQ(read.codes, (std::vector<int32_t>{-1, 0}));
  EXPECT_EQ(read.map, all.map);
}

TEST(Codec, TakesTheLastOfAFieldAndMergesMessages) {
  EXPECT_EQ(Read(Bytes("\x18\x01\x18\x02")).unsigned_small, 2u);
  EXPECT_EQ(Read(Bytes("\x3a\x01x\x3a\x00")).text, "");
  EXPECT_EQ(Read(Bytes("\x4a\x03\x0a\x01x\x4a\x00")).leaf.name, "x");
  EXPECT_EQ(Read(Bytes("\x7a\x06\x0a\x01k\x12\x01v\x7a\x03\x0a\x01k")).map, (StringMap{{"k", ""}}));
}

TEST(Codec, TakesRepeatedNumbersPackedAndOneByOne) {
  EXPECT_EQ(Read(Bytes("\x68\x01\x6a\x02\x02\x03\x68\x04")).numbers, (std::vector<uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(Read(Bytes("\x70\x01\x72\x01\x02")).codes, (std::vector<int32_t>{1, 2}));
}

TEST(Codec, TakesABoolOfManyBytes) {
  EXPECT_TRUE(Read(Bytes("\x08\x80\x01")).flag);
  EXPECT_FALSE(Read(Bytes("\x08\x80\x00")).flag);
}

TEST(Codec, SkipsUnknownFieldsAndThoseOfAnotherType) {
  EXPECT_EQ(Read(Bytes("\xf8\x07\x01"                          // 127, a number
                       "\xf2\x07\x02hi"                        // 126, bytes
                       "\xed\x07\x01\x02\x03\x04"              // 125, 32 bits
                       "\x39\x01\x02\x03\x04\x05\x06\x07\x08"  // 7, but 64 bits
                       "\x0a\x01z"                             // 1, but bytes
                       "\x18\x05"))
                .unsigned_small,
            5u);
}

TEST(Codec, RefusesWhatIsNoMessage) {
  for (const std::string& bytes : {
           Bytes("\x08"),                                              // a number without its value
           Bytes("\x3a\x05hi"),                                        // shorter than its length
           Bytes("\x4a\x02\x0a\x05"),                                  // the same in a nested message
           Bytes("\x6a\x01\x80"),                                      // an unfinished packed number
           Bytes("\x00\x01"),                                          // field 0
           Bytes("\x0b\x0c"),                                          // a group, not in proto3
           Bytes("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  // more than 64 bits
           Bytes("\x31\x00\x00"),                                      // half a double
           Bytes("\xff"),                                              // half a tag
           Bytes("\x62\xff\xff\xff\xff\x0f"),                          // a length of 4 GiB
       }) {
    EXPECT_NE(Fault(bytes).find("test.Everything: not a protobuf message: "), std::string::npos);
  }
}

TEST(Any, IsOfATypeWithAndWithoutPrefix) {
  EXPECT_TRUE(Is({.type_url = "test.Leaf"}, "test.Leaf"));
  EXPECT_TRUE(Is({.type_url = "type.googleapis.com/test.Leaf"}, "test.Leaf"));
  EXPECT_FALSE(Is({.type_url = "another.test.Leaf"}, "test.Leaf"));
  EXPECT_FALSE(Is({}, "test.Leaf"));
}

TEST(Any, PacksAndUnpacks) {
  const Any any = Pack(Leaf{"x"});
  EXPECT_EQ(any.type_url, "test.Leaf");
  EXPECT_EQ(Unpack<Leaf>(any)->name, "x");
  EXPECT_EQ(Unpack<Everything>(any).status().message(), "expected a test.Everything, not a \"test.Leaf\"");
}

TEST(RpcStatus, IsUtf8) {
  const auto sent = [](const std::string& text) { return ToRpcStatus(absl::NotFoundError(text)).message; };
  EXPECT_EQ(sent("plain"), "plain");
  EXPECT_EQ(sent("h\xc3\xa4user \xe2\x82\xac \xf0\x9f\x9a\xa2"),
            "h\xc3\xa4user \xe2\x82\xac \xf0\x9f\x9a\xa2");
  EXPECT_EQ(sent("a\xff/\xc3"), "a?/?");
  EXPECT_EQ(sent("\xc0\xaf"), "??") << "overlong";
  EXPECT_EQ(sent("\xe0\x80\x80"), "???") << "overlong";
  EXPECT_EQ(sent("\xed\xa0\x80"), "???") << "a surrogate";
  EXPECT_EQ(sent("\xf4\x90\x80\x80"), "????") << "above U+10FFFF";
}

TEST(RpcStatus, KeepsCodeAndMessage) {
  EXPECT_EQ(FromRpcStatus(ToRpcStatus(absl::FailedPreconditionError("no"))),
            absl::FailedPreconditionError("no"));
  EXPECT_TRUE(FromRpcStatus({}).ok());
}

TEST(Timestamp, IsATime) {
  const absl::Time time = absl::FromUnixNanos(1700000000123456789);
  EXPECT_EQ(ToTimestamp(time).seconds, 1700000000);
  EXPECT_EQ(ToTimestamp(time).nanos, 123456789);
  EXPECT_EQ(ToTime(ToTimestamp(time)), time);
}

}  // namespace
}  // namespace tare::messages
