#include "cdi/yaml.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tare::cdi {
namespace {

std::string Converted(absl::string_view yaml, Scalar kind = Scalar::kString) {
  const StatusOr<std::string> json =
      YamlToJson(yaml, "x.yaml", [&](absl::string_view, absl::string_view) { return kind; });
  return json.ok() ? *json : std::string(json.status().message());
}

TEST(CdiYaml, Shapes) {
  EXPECT_EQ(Converted("a: b"), R"({"a":"b"})");
  EXPECT_EQ(Converted("---\na:\n- b\n- c: d\n  e: f\n...\n"), R"({"a":["b",{"c":"d","e":"f"}]})");
  EXPECT_EQ(Converted("{a: [], b: {}}"), R"({"a":[],"b":{}})");
  EXPECT_EQ(Converted("a: |\n  one\n  two\n"), R"({"a":"one\ntwo\n"})");
  EXPECT_EQ(Converted("a: ~\nb:\nc: null"), R"({"a":null,"b":null,"c":null})");
  EXPECT_EQ(Converted("a: \"~\"\nb: '\"'"), R"({"a":"~","b":"\""})");
  EXPECT_EQ(Converted("# nothing but a comment\na: 0.5.0 # version"), R"({"a":"0.5.0"})");
  EXPECT_EQ(Converted("a: 1\na: 2"), R"({"a":"1","a":"2"})");
}

TEST(CdiYaml, Integers) {
  const std::pair<const char*, const char*> cases[] = {
      {"438", "438"},     {"0666", "438"},
      {"0o666", "438"},   {"0x1b6", "438"},
      {"0b11", "3"},      {"0", "0"},
      {"-1", "-1"},       {"+7", "7"},
      {"1_000", "1000"},  {"12a", "\"12a\""},
      {"", "null"},       {"08", "\"08\""},
      {"\"7\"", "\"7\""}, {"99999999999999999999", "\"99999999999999999999\""},
  };
  for (const auto& [yaml, json] : cases)
    EXPECT_EQ(Converted(absl::StrCat("a: ", yaml), Scalar::kInteger), absl::StrCat(R"({"a":)", json, "}"))
        << yaml;
}

TEST(CdiYaml, Bools) {
  for (const char* yes : {"true", "True", "yes", "on"})
    EXPECT_EQ(Converted(absl::StrCat("a: ", yes), Scalar::kBool), R"({"a":true})");
  for (const char* no : {"false", "FALSE", "no", "off"})
    EXPECT_EQ(Converted(absl::StrCat("a: ", no), Scalar::kBool), R"({"a":false})");
  EXPECT_EQ(Converted("a: maybe", Scalar::kBool), R"({"a":"maybe"})");
}

TEST(CdiYaml, TheMeaningDependsOnThePlace) {
  const auto kind = [](absl::string_view object, absl::string_view member) {
    return object == "node" && member == "major" ? Scalar::kInteger : Scalar::kString;
  };
  EXPECT_EQ(YamlToJson("node: [{major: 1, x: 1}]\nmajor: 1", "x", kind).value(),
            R"({"node":[{"major":1,"x":"1"}],"major":"1"})");
}

TEST(CdiYaml, Aliases) {
  EXPECT_EQ(Converted("a: &x [1, {b: c}]\nd: *x\ne: &y *x"),
            "x.yaml: line 3, column 7: did not find expected key");
  EXPECT_EQ(Converted("a: &x [1, {b: c}]\nd: *x"), R"({"a":["1",{"b":"c"}],"d":["1",{"b":"c"}]})");
  EXPECT_EQ(Converted("a: *x"), "x.yaml: line 1, column 4: an alias without an anchor before it");
  EXPECT_EQ(Converted("a: &x [*x]"), "x.yaml: line 1, column 8: an alias without an anchor before it");
}

TEST(CdiYaml, AliasesThatMultiplyAreRefused) {
  std::string bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&bomb, j ? ", " : "", "*a", i - 1);
    bomb += "]\n";
  }
  EXPECT_TRUE(absl::EndsWith(Converted(bomb), ": too long")) << Converted(bomb).substr(0, 200);
  const std::string few = absl::StrCat("a: &x ", std::string(1 << 20, 'y'), "\nb: [*x, *x, *x, *x]");
  EXPECT_TRUE(absl::EndsWith(Converted(few), ": too long"));
}

TEST(CdiYaml, Malformed) {
  EXPECT_EQ(Converted(""), "x.yaml: line 1, column 1: there is no document");
  EXPECT_EQ(Converted("a: b\n---\nc: d"), "x.yaml: line 2, column 1: there must be only one document");
  EXPECT_EQ(Converted("[a]: b"), "x.yaml: line 1, column 1: a key must be a scalar");
  EXPECT_TRUE(absl::StartsWith(Converted("a: [b"), "x.yaml: line ")) << Converted("a: [b");
  EXPECT_TRUE(absl::StartsWith(Converted("a:\n\t- b"), "x.yaml: line 2, column 1: "))
      << Converted("a:\n\t- b");
  EXPECT_TRUE(absl::EndsWith(Converted(std::string(200, '[')), "nested too deeply"));
}

}  // namespace
}  // namespace tare::cdi
