#include "json/survey.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace tare::json {
namespace {

void ReadPerson(Value at) {
  (void)at.Required("name").NonEmptyString();
  (void)at["age"].Integer<uint8_t>();
  for (Value child : at["children"].Elements()) ReadPerson(child);
  (void)at["words"].StringMap();
}

std::string Line(const Finding& finding) {
  return absl::StrCat(finding.place.line, ":", finding.place.column, " ", finding.pointer, ": ",
                      finding.what);
}

std::vector<std::string> Lines(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(Line(finding));
  return lines;
}

using Expected = std::vector<std::string>;

TEST(Survey, EveryFaultIsFoundOnceWithItsPlace) {
  const Survey survey(R"({
  "name": "",
  "age": 256, "children": [
    {"age": "x"},
    7,
    null,
    {"name": "a", "words": {"b": 1, "c~/d": 2}}
  ]
})",
                      ReadPerson);
  EXPECT_EQ(Lines(survey.Faults()), (Expected{
                                        "2:3 /name: must not be empty",
                                        "3:3 /age: must be an integer from 0 to 255, not 256",
                                        "6:5 /children/2: must not be null",
                                        "4:5 /children/0/name: is required",
                                        "4:6 /children/0/age: must be an integer from 0 to 255, not a string",
                                        "5:5 /children/1: must be an object, not 7",
                                        "7:29 /children/3/words/b: must be a string, not 1",
                                        "7:37 /children/3/words/c~0~1d: must be a string, not 2",
                                    }));
}

TEST(Survey, TheFirstFaultIsTheOneThatReadReturns) {
  for (const char* text :
       {R"({"age": -1, "name": 2})", R"({})", R"({"name": "a", "children": {}, "age": 1.5})",
        R"({"name": "\u0000", "words": [1]})", "[]", "{\"a\": 1,}", "{\"name\": \"\xff\"}", "", "1"}) {
    const Status status = Visit(text, "x.json", Remarks::kDrop, Top::kObject, ReadPerson);
    const std::vector<Finding> faults = Survey(text, ReadPerson).Faults();
    ASSERT_FALSE(faults.empty()) << text;
    const Finding& first = faults.front();
    const std::string where =
        !first.pointer.empty() ? first.pointer + ": "
        : status.message().find("line ") != absl::string_view::npos
            ? absl::StrCat("line ", first.place.line, ", column ", first.place.column, ": ")
            : "";
    EXPECT_EQ(status.message(), absl::StrCat("x.json: ", where, first.what)) << text;
  }
}

TEST(Survey, MalformedTextHasAPlaceToo) {
  const Survey survey("{\n  \"name\": \"a\",\n  \"age\" 2\n}", ReadPerson);
  EXPECT_FALSE(survey.is_object());
  ASSERT_EQ(survey.Faults().size(), 1u);
  EXPECT_EQ(survey.Faults()[0].place, (Place{.line = 3, .column = 9}));
  EXPECT_EQ(survey.PlaceOf("/name"), (Place{.line = 1, .column = 1}));
}

TEST(Survey, RemarksHavePlaces) {
  const Survey survey("{\"Name\": \"a\",\n \"age\": 1,\n \"age\": 2}\nmore", ReadPerson);
  EXPECT_EQ(Lines(survey.Remarks()), (Expected{
                                         "4:1 : text after the JSON document is ignored",
                                         "1:2 /Name: read as \"name\", the correct spelling",
                                         "2:2 /age: ignored: \"age\" is given more than once",
                                     }));
}

TEST(Survey, WhatIsNotReadIsListedWithTheNamesThatWereAskedFor) {
  Survey survey(R"({"name": "a", "agee": 3, "words": {"any": "x"}, "more": {"name": "b"},
  "children": [{"nmae": "c", "AGE": 1}], "\u0061ge2": null})",
                ReadPerson);
  std::vector<std::string> lines;
  for (const Unread& unread : survey.UnreadMembers()) {
    std::string line = absl::StrCat(unread.place.line, ":", unread.place.column, " ", unread.pointer, " ",
                                    unread.name, " [");
    for (const std::string& name : unread.known) absl::StrAppend(&line, " ", name);
    lines.push_back(line + " ]");
  }
  EXPECT_EQ(lines, (Expected{
                       "1:15 /agee agee [ age children name words ]",
                       "1:49 /more more [ age children name words ]",
                       "2:42 /age2 age2 [ age children name words ]",
                       "2:17 /children/0/nmae nmae [ age children name words ]",
                   }));
}

TEST(Survey, PlacesOfPointers) {
  const Survey survey(
      "{\"name\": \"a\\\"b: {\", \"words\": {\"x\":\"1\",\n\"a/b\" : \"c\"},\n \"children\": [\n{\"name\": "
      "\"c\"},{\"name\":\"d\", \"age\":-3}]}",
      ReadPerson);
  EXPECT_TRUE(survey.is_object());
  struct Row {
    const char* pointer;
    Place place;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", {1, 1}},
           {"/name", {1, 2}},
           {"/words/x", {1, 31}},
           {"/words/a~1b", {2, 1}},
           {"/words/none/at/all", {1, 21}},
           {"/children/0", {4, 1}},
           {"/children/1", {4, 15}},
           {"/children/1/age", {4, 28}},
           {"/children/2", {3, 2}},
           {"/nothing", {1, 1}},
       })
    EXPECT_EQ(survey.PlaceOf(row.pointer), row.place)
        << row.pointer << " " << survey.PlaceOf(row.pointer).line << ":"
        << survey.PlaceOf(row.pointer).column;
}

TEST(Survey, NoMoreThanAThousandFaults) {
  std::string text = R"({"name": "a", "children": [)";
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&text, i == 0 ? "" : ",\n", "1");
  text += "]}";
  EXPECT_EQ(Survey(text, ReadPerson).Faults().size(), 1000u);
}

}  // namespace
}  // namespace tare::json
