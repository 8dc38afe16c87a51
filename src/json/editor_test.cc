#include "json/editor.h"

#include <gtest/gtest.h>

namespace tare::json {
namespace {

using Strings = std::vector<std::string>;

Editor Edit(absl::string_view text) {
  StatusOr<Editor> editor = Editor::Parse(text, "config.json");
  EXPECT_TRUE(editor.ok()) << editor.status();
  return *std::move(editor);
}

std::string ErrorOf(absl::string_view text) {
  return std::string(Editor::Parse(text, "config.json").status().message());
}

TEST(EditorParse, WhatIsNotChangedIsWrittenAsItWas) {
  for (const char* text : {
           R"({})",
           R"({"z":1,"a":[true,false,null,-1,18446744073709551615,"x"],"m":{"n":{}}})",
           R"({"twice":1,"twice":2,"Twice":3})",
           R"({"text":"\"\\\n\t\u0001é"})",
           R"({"float":1.5})",
       }) {
    EXPECT_EQ(Edit(text).Text(), text);
  }
}

TEST(EditorParse, TextAfterTheObjectIsDropped) {
  EXPECT_EQ(Edit(R"({"a":1} more)").Text(), R"({"a":1})");
}

TEST(EditorParse, AMalformedTextIsAnErrorWithItsPlace) {
  EXPECT_TRUE(ErrorOf("{\"a\": 1,\n  oops}").starts_with("config.json: line 2, column 3"))
      << ErrorOf("{\"a\": 1,\n  oops}");
  EXPECT_TRUE(ErrorOf("").starts_with("config.json: line 1")) << ErrorOf("");
}

TEST(EditorParse, WhatIsNoObjectIsAnError) {
  EXPECT_EQ(ErrorOf("[1]"), "config.json: must be a JSON object");
}

TEST(EditorParse, ATreeThatIsTooDeepIsAnError) {
  const auto nested = [](size_t levels) {
    return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(Edit(nested(Editor::kMostLevels)).Text(), nested(Editor::kMostLevels));
  EXPECT_EQ(ErrorOf(nested(Editor::kMostLevels + 1)), "config.json: more than 1000 levels of nesting");
  EXPECT_EQ(ErrorOf(nested(1'000'000)), "config.json: more than 1000 levels of nesting");
}

TEST(EditorRead, ByPointer) {
  const Editor editor =
      Edit(R"({"process":{"args":["sh","-c",7],"a/b~c":"x","uid":5,"tty":true,"none":null}})");
  EXPECT_TRUE(editor.Has(""));
  EXPECT_TRUE(editor.Has("/process/args/2"));
  EXPECT_FALSE(editor.Has("/process/args/3"));
  EXPECT_FALSE(editor.Has("/process/args/-"));
  EXPECT_FALSE(editor.Has("/process/none"));
  EXPECT_FALSE(editor.Has("/linux/resources"));
  EXPECT_EQ(editor.Size("/process/args"), 3U);
  EXPECT_EQ(editor.Size("/process"), 5U);
  EXPECT_EQ(editor.Size("/process/uid"), 0U);
  EXPECT_EQ(editor.Size("/linux"), 0U);
  EXPECT_EQ(editor.String("/process/args/1"), "-c");
  EXPECT_EQ(editor.String("/process/a~1b~0c"), "x");
  EXPECT_EQ(editor.String("/process/uid"), std::nullopt);
  EXPECT_EQ(editor.Integer("/process/uid"), 5);
  EXPECT_EQ(editor.Integer("/process/tty"), std::nullopt);
  EXPECT_EQ(editor.Bool("/process/tty"), true);
  EXPECT_EQ(editor.Strings("/process/args"), (Strings{"sh", "-c"}));
  EXPECT_EQ(editor.Strings("/process"), Strings{});
  EXPECT_EQ(editor.Names("/process"), (Strings{"args", "a/b~c", "uid", "tty", "none"}));
  EXPECT_EQ(editor.Names("/process/args"), Strings{});
}

TEST(EditorRead, AValueOfAnyKindAsText) {
  const StatusOr<Editor> editor = Editor::Parse(R"({"a":{"b":[1,null]},"c":null})", "x");
  ASSERT_TRUE(editor.ok());
  EXPECT_EQ(editor->Value("/a")->text, R"({"b":[1,null]})");
  EXPECT_EQ(editor->Value("/a/b/0")->text, "1");
  EXPECT_FALSE(editor->Value("/c").has_value());
  EXPECT_FALSE(editor->Value("/d").has_value());
}

TEST(EditorRead, AnIntegerThatDoesNotFitIsNotRead) {
  EXPECT_EQ(Edit(R"({"a":9223372036854775808})").Integer("/a"), std::nullopt);
  EXPECT_EQ(Edit(R"({"a":1.0})").Integer("/a"), std::nullopt);
}

TEST(EditorRead, TheMemberThatTheReaderFinds) {
  EXPECT_EQ(Edit(R"({"Process":{"CWD":"/x"}})").String("/process/cwd"), "/x");
  EXPECT_EQ(Edit(R"({"a":1,"a":2})").Integer("/a"), 2);
  EXPECT_EQ(Edit(R"({"a":1,"A":2})").Integer("/a"), 1);
  EXPECT_EQ(Edit(R"({"a":null,"A":2})").Integer("/a"), 2);
}

struct Change {
  const char* before;
  const char* pointer;
  NewValue value;
  const char* after;
};

TEST(EditorSet, Values) {
  const std::vector<Change> changes = {
      {R"({})", "/a", true, R"({"a":true})"},
      {R"({})", "/a", -1, R"({"a":-1})"},
      {R"({})", "/a", uint64_t{18446744073709551615U}, R"({"a":18446744073709551615})"},
      {R"({})", "/a", "text", R"({"a":"text"})"},
      {R"({})", "/a", absl::string_view("text"), R"({"a":"text"})"},
      {R"({})", "/a", std::vector<std::string>{"x", "y"}, R"({"a":["x","y"]})"},
      {R"({})", "/a", std::vector<std::string>{}, R"({"a":[]})"},
      {R"({})", "/a", Raw{R"({"b": [1, {}]})"}, R"({"a":{"b":[1,{}]}})"},
  };
  for (const auto& [before, pointer, value, after] : changes) {
    Editor editor = Edit(before);
    editor.Set(pointer, value);
    EXPECT_EQ(editor.Text(), after);
  }
}

TEST(EditorSet, Places) {
  const std::vector<Change> changes = {
      {R"({"a":1,"b":2})", "/a", 3, R"({"a":3,"b":2})"},
      {R"({"a":{"x":1}})", "/a/y", 2, R"({"a":{"x":1,"y":2}})"},
      {R"({})", "/a/b/c", 1, R"({"a":{"b":{"c":1}}})"},
      {R"({"a":null})", "/a/b", 1, R"({"a":{"b":1}})"},
      {R"({})", "/a~1b/c~0d", 1, R"({"a/b":{"c~d":1}})"},
      {R"({"a":[1]})", "/a/-", 2, R"({"a":[1,2]})"},
      {R"({})", "/a/-", 2, R"({"a":[2]})"},
      {R"({"a":[1,2]})", "/a/0", 3, R"({"a":[3,2]})"},
      {R"({"a":[{"b":1}]})", "/a/0/b", 3, R"({"a":[{"b":3}]})"},
      {R"({"A":{"B":1}})", "/a/b", 2, R"({"A":{"B":2}})"},
      {R"({"a":1,"a":2})", "/a", 3, R"({"a":1,"a":3})"},
      {R"({"a":null,"A":1})", "/a", 3, R"({"a":null,"A":3})"},
      {R"({"7":1})", "/7", 2, R"({"7":2})"},
  };
  for (const auto& [before, pointer, value, after] : changes) {
    Editor editor = Edit(before);
    editor.Set(pointer, value);
    EXPECT_EQ(editor.Text(), after) << pointer;
  }
}

TEST(EditorSet, WhatHasTheWrongKindIsLeftAsItIs) {
  for (const char* pointer : {"/text/a", "/text/a/b", "/text/-", "/list/5", "/list/a", "/list/01x"}) {
    Editor editor = Edit(R"({"text":"x","list":[1]})");
    editor.Set(pointer, 1);
    EXPECT_EQ(editor.Text(), R"({"text":"x","list":[1]})") << pointer;
  }
}

TEST(EditorInsert, BeforeTheElementOrAtTheEnd) {
  Editor editor = Edit(R"({"a":["x"],"text":"t"})");
  editor.Insert("/a", 0, "first");
  editor.Insert("/a", 1, "second");
  editor.Insert("/a", 99, "last");
  editor.Insert("/b/c", 0, "new");
  editor.Insert("/text", 0, "nowhere");
  EXPECT_EQ(editor.Text(), R"({"a":["first","second","x","last"],"text":"t","b":{"c":["new"]}})");
}

TEST(EditorRemove, MembersAndElements) {
  Editor editor = Edit(R"({"a":1,"A":2,"a":3,"b":{"c":1,"d":2},"list":[1,2,3],"text":"t"})");
  editor.Remove("/a");
  editor.Remove("/b/c");
  editor.Remove("/list/1");
  editor.Remove("/list/7");
  editor.Remove("/text/x");
  editor.Remove("/none/x");
  EXPECT_EQ(editor.Text(), R"({"b":{"d":2},"list":[1,3],"text":"t"})");
}

TEST(EditorText, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  Editor editor = Edit("{}");
  editor.Set("/a", "x\xff");
  EXPECT_EQ(editor.Text(), "{\"a\":\"x\xef\xbf\xbd\"}");
}

TEST(EditorText, ForPeople) {
  EXPECT_EQ(Edit(R"({"a":{"b":1}})").Indented(), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
}

TEST(PointerToken, EscapesWhatHasAMeaningInPointers) {
  EXPECT_EQ(PointerToken("a/b~c"), "a~1b~0c");
}

}  // namespace
}  // namespace tare::json
