#include "dbus/message.h"

#include <gtest/gtest.h>

namespace tare::dbus {
namespace {

using namespace std::string_literals;

Message Call() {
  return {.serial = 7,
          .destination = "org.example",
          .path = "/o",
          .interface = "org.example.I",
          .member = "M",
          .signature = "sb",
          .body = BodyWriter().String("hi").Bool(true).Take()};
}

TEST(DbusMessageTest, BytesAsTheSpecificationDrawsThem) {
  const std::string bytes = Encode(
      {.serial = 1, .path = "/o", .member = "M", .signature = "s", .body = BodyWriter().String("x").Take()});
  EXPECT_EQ(bytes,
            "l\1\0\1"
            "\6\0\0\0"    // the body's size
            "\1\0\0\0"    // serial
            "\x27\0\0\0"  // the fields' size, without the padding at their end
            "\1\1o\0\2\0\0\0/o\0\0\0\0\0\0"
            "\3\1s\0\1\0\0\0M\0\0\0\0\0\0\0"
            "\x8\1g\0\1s\0\0"
            "\1\0\0\0x\0"s);
}

TEST(DbusMessageTest, ThereAndBack) {
  const Message call = Call();
  const auto decoded = Decode(Encode(call));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->serial, 7u);
  EXPECT_EQ(decoded->destination, call.destination);
  EXPECT_EQ(decoded->path, call.path);
  EXPECT_EQ(decoded->interface, call.interface);
  EXPECT_EQ(decoded->member, call.member);
  EXPECT_EQ(decoded->signature, call.signature);
  BodyReader reader(*decoded);
  EXPECT_EQ(*reader.String(), "hi");
  EXPECT_EQ(*reader.Uint32(), 1u);
  EXPECT_FALSE(reader.Uint32().ok());
}

TEST(DbusMessageTest, TheOtherByteOrder) {
  const std::string bytes =
      "B\2\0\1"
      "\0\0\0\4"
      "\0\0\0\5"
      "\0\0\0\x8"
      "\5\1u\0\0\0\0\x9"
      "\0\0\1\2"s;
  const auto message = Decode(bytes);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->type, MessageType::kReturn);
  EXPECT_EQ(message->reply_serial, 9u);
  EXPECT_EQ(*BodyReader(*message).Uint32(), 0x102u);
}

TEST(DbusMessageTest, ANumberInAVariant) {
  const Message message{.body = "\1t\0\0\0\0\0\0\0\0\0\0\0\0\1\2"s, .swapped = true};
  BodyReader reader(message);
  EXPECT_EQ(*reader.Signature(), "t");
  EXPECT_EQ(*reader.Uint64(), 0x102u);  // at the next multiple of 8
  EXPECT_FALSE(reader.Uint64().ok());
}

TEST(DbusMessageTest, PropertiesAreAlignedAsTheSpecificationHasIt) {
  EXPECT_EQ(BodyWriter().Properties({{"B", true}, {"T", uint64_t{5}}}).Take(),
            "\x28\0\0\0\0\0\0\0"
            "\1\0\0\0B\0\1b\0\0\0\0\1\0\0\0"
            "\1\0\0\0T\0\1t\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0"s);
  EXPECT_EQ(BodyWriter().Properties({{"P", Pairs{{"a", "rw"}}}}).Take(),
            "\x27\0\0\0\0\0\0\0"
            "\1\0\0\0P\0\5a(ss)\0\0\0\0\xf\0\0\0\0\0\0\0"
            "\1\0\0\0a\0\0\0\2\0\0\0rw\0"s);
}

TEST(DbusMessageTest, NothingCutShortIsRead) {
  const std::string whole = Encode(Call());
  ASSERT_EQ(*SizeOf(whole), whole.size());
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(Decode(whole.substr(0, size)).ok()) << size;
  EXPECT_FALSE(Decode(whole + "x").ok());
}

TEST(DbusMessageTest, LiesAreErrors) {
  std::string huge = Encode(Call());
  huge[7] = '\x7f';  // a body of 2 GB
  EXPECT_FALSE(SizeOf(huge).ok());
  std::string version = Encode(Call());
  version[3] = 2;
  EXPECT_FALSE(Decode(version).ok());
  std::string order = Encode(Call());
  order[0] = 'x';
  EXPECT_FALSE(Decode(order).ok());
  std::string type = Encode(Call());
  type[1] = 9;
  EXPECT_FALSE(Decode(type).ok());
  Message liar{.body = "\xff\xff\xff\x7fx\0"s};
  EXPECT_FALSE(BodyReader(liar).String().ok());
}

}  // namespace
}  // namespace tare::dbus
