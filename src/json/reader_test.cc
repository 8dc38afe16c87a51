#include "json/reader.h"

#include <gtest/gtest.h>

namespace tare::json {
namespace {

// What `read` returns for the member "a" of `text`.
template <typename T>
StatusOr<T> At(absl::string_view text, T (*read)(Value)) {
  static T (*reader)(Value);
  reader = read;
  return Read<T>(text, "x.json", [](Value root) { return reader(root["a"]); });
}

template <typename T>
std::string Fault(absl::string_view text, T (*read)(Value)) {
  StatusOr<T> result = At<T>(text, read);
  return result.ok() ? "no fault" : std::string(result.status().message());
}

bool Present(Value at) {
  return at.present();
}
std::string String(Value at) {
  return at.String();
}
int8_t Small(Value at) {
  return at.Integer<int8_t>();
}
uint64_t Big(Value at) {
  return at.Integer<uint64_t>();
}
int64_t Signed(Value at) {
  return at.Integer<int64_t>();
}

TEST(MalformedJson, IsReportedWithLineAndColumn) {
  struct Row {
    absl::string_view text;
    absl::string_view place;
  };
  const Row rows[] = {
      {"", "x.json: line 1, column 1: "},
      {"{\"a\": }", "x.json: line 1, column 7: "},
      {"{\n  \"a\": 1,\n  \"b\" 2\n}", "x.json: line 3, column 7: "},
      {"{\"a\": [1, 2}", "x.json: line 1, column 12: "},
      {"{\"a\": tru}", "x.json: line 1, column 1"},
      {"{\"a\": \"\xff\"}", "x.json: line 1, column 8: "},
      {"{\"a\": \"b", "x.json: line 1, column "},
      {"{\"a\": 1,}", "x.json: line 1, column 9: "},
      {"{\"a\": 01}", "x.json: line 1, column 8: "},
  };
  for (const Row& row : rows) {
    const std::string fault = Fault<bool>(row.text, Present);
    EXPECT_EQ(fault.substr(0, row.place.size()), row.place) << row.text << "\n" << fault;
  }
}

TEST(MalformedJson, WhatFollowsTheDocumentIsIgnored) {
  EXPECT_EQ(Fault<bool>("{\"a\": 1} x", Present), "no fault");
  EXPECT_EQ(Fault<bool>("{\"a\": 1}{\"a\": [", Present), "no fault");
}

TEST(MalformedJson, DeepNestingDoesNotExhaustTheStack) {
  const std::string deep = "{\"a\": " + std::string(1'000'000, '[');
  EXPECT_NE(Fault<bool>(deep, Present).find("line 1, column 10000"), std::string::npos);
}

TEST(Document, MustBeAnObject) {
  for (absl::string_view text : {"[]", "1", "null", "\"a\""}) {
    EXPECT_EQ(Fault<bool>(text, Present), "x.json: must be a JSON object");
  }
}

TEST(Value, NullIsAbsent) {
  EXPECT_FALSE(*At<bool>("{\"a\": null}", Present));
  EXPECT_FALSE(*At<bool>("{}", Present));
  EXPECT_TRUE(*At<bool>("{\"a\": false}", Present));
  EXPECT_EQ(*At<std::string>("{\"a\": null}", String), "");
}

TEST(Value, LastOfDuplicatesWins) {
  EXPECT_EQ(*At<std::string>("{\"a\": \"first\", \"b\": {}, \"a\": \"last\"}", String), "last");
}

TEST(Value, NamesAreReadInAnyCase) {
  EXPECT_TRUE(*At<bool>("{\"A\": 1}", Present));
  EXPECT_FALSE(*At<bool>("{\"b\": 1}", Present));
}

TEST(Value, StringsAreUnescaped) {
  EXPECT_EQ(*At<std::string>(R"({"a": "\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"})", String),
            "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(Value, StringsHoldNoNul) {
  EXPECT_EQ(Fault<std::string>(R"({"a": "/x\u0000/y"})", String),
            "x.json: /a: must not contain a NUL character");
}

TEST(Value, IntegersAreRangeChecked) {
  EXPECT_EQ(*At<int8_t>("{\"a\": 127}", Small), 127);
  EXPECT_EQ(*At<int8_t>("{\"a\": -128}", Small), -128);
  EXPECT_EQ(*At<uint64_t>("{\"a\": 18446744073709551615}", Big), UINT64_MAX);
  EXPECT_EQ(*At<int64_t>("{\"a\": -9223372036854775808}", Signed), INT64_MIN);
  EXPECT_EQ(*At<int64_t>("{\"a\": -0}", Signed), 0);
  EXPECT_EQ(Fault<int8_t>("{\"a\": 128}", Small), "x.json: /a: must be an integer from -128 to 127, not 128");
  EXPECT_EQ(Fault<int8_t>("{\"a\": -129}", Small),
            "x.json: /a: must be an integer from -128 to 127, not -129");
  EXPECT_EQ(Fault<uint64_t>("{\"a\": -1}", Big),
            "x.json: /a: must be an integer from 0 to 18446744073709551615, not -1");
  EXPECT_EQ(Fault<int64_t>("{\"a\": 9223372036854775808}", Signed),
            "x.json: /a: must be an integer from -9223372036854775808 to 9223372036854775807, not "
            "9223372036854775808");
}

TEST(Value, FractionsAreNoIntegers) {
  EXPECT_EQ(Fault<int8_t>("{\"a\": 1.0}", Small), "x.json: /a: must be an integer from -128 to 127, not 1.0");
  EXPECT_EQ(Fault<int8_t>("{\"a\": 1e1}", Small), "x.json: /a: must be an integer from -128 to 127, not 1e1");
  EXPECT_EQ(Fault<uint64_t>("{\"a\": 18446744073709551616}", Big),
            "x.json: /a: must be an integer from 0 to 18446744073709551615, not 18446744073709551616");
}

TEST(Value, WrongKindsAreNamed) {
  EXPECT_EQ(Fault<std::string>("{\"a\": 5}", String), "x.json: /a: must be a string, not 5");
  EXPECT_EQ(Fault<std::string>("{\"a\": true}", String), "x.json: /a: must be a string, not true");
  EXPECT_EQ(Fault<std::string>("{\"a\": []}", String), "x.json: /a: must be a string, not an array");
  EXPECT_EQ(Fault<int8_t>("{\"a\": {}}", Small),
            "x.json: /a: must be an integer from -128 to 127, not an object");
  EXPECT_EQ(Fault<bool>("{\"a\": \"x\"}", [](Value at) { return at["b"].present(); }),
            "x.json: /a: must be an object, not a string");
  EXPECT_EQ(Fault<size_t>("{\"a\": {}}", [](Value at) { return at.Elements().size(); }),
            "x.json: /a: must be an array, not an object");
  EXPECT_EQ(Fault<bool>("{\"a\": 0}", [](Value at) { return at.Bool(); }),
            "x.json: /a: must be true or false, not 0");
}

TEST(Value, PointersReachThroughArraysAndEscapeNames) {
  auto deep = [](Value at) { return at.Elements()[1]["b~/c"].Elements()[2].String(); };
  EXPECT_EQ(Fault<std::string>(R"({"a": [{"x": [1, [2]]}, {"z": {"y": 0}, "b~/c": ["", [], 7]}]})", +deep),
            "x.json: /a/1/b~0~1c/2: must be a string, not 7");
}

TEST(Value, OnlyTheFirstFaultIsTold) {
  auto both = [](Value at) { return std::vector<std::string>{at["b"].String(), at["c"].String()}.size(); };
  EXPECT_EQ(Fault<size_t>(R"({"a": {"b": 1, "c": 2}})", +both), "x.json: /a/b: must be a string, not 1");
}

TEST(Value, RequiredMembersAreMissedOnlyInAPresentObject) {
  auto required = [](Value at) { return at.Required("b").String(); };
  EXPECT_EQ(Fault<std::string>(R"({"a": {"b": null}})", +required), "x.json: /a/b: is required");
  EXPECT_EQ(Fault<std::string>("{}", +required), "no fault");
}

TEST(List, HoldsNoNulls) {
  EXPECT_EQ(Fault<size_t>(R"({"a": ["x", null]})", [](Value at) { return at.Strings().size(); }),
            "x.json: /a/1: must not be null");
}

TEST(Words, UnknownOnesAreQuoted) {
  auto word = [](Value at) {
    static constexpr Word kWords[] = {{"one", 1}, {"two", 2}};
    return WordAt(at, kWords, "number word");
  };
  EXPECT_EQ(*At<int>(R"({"a": "two"})", +word), 2);
  EXPECT_EQ(Fault<int>(R"({"a": "Two"})", +word), "x.json: /a: unknown number word \"Two\"");
  EXPECT_EQ(Fault<int>(R"({"a": ""})", +word), "x.json: /a: unknown number word \"\"");
}

}  // namespace
}  // namespace tare::json
