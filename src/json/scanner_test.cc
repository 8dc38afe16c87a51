#include "json/scanner.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace tare::json {
namespace {

// The nodes of the value `a`, without their places.
std::string Nodes(const std::string& text) {
  StatusOr<Document> document = Document::Parse(text, "x.json");
  if (!document.ok()) return std::string(document.status().message());
  const uint32_t a = document->Member(0, "a");
  std::string nodes;
  for (uint32_t i = a; i < document->node(a).end; ++i) {
    const Node& node = document->node(i);
    absl::StrAppend(&nodes, i - a, ": ", static_cast<int>(node.kind), " in ", i == a ? 0 : node.parent - a,
                    " to ", node.end - a, " \"", node.key, "\" \"", node.text, "\" ", node.number, "\n");
  }
  return nodes;
}

// The scanner leaves a document with an "é" to nlohmann's parser.
TEST(Scanner, ReadsTheSameAsTheParser) {
  for (const char* value : {"1",
                            "0",
                            "-1",
                            "-0",
                            "12345678901234567",
                            "123456789012345678",
                            "-123456789012345678",
                            "1234567890123456789",
                            "18446744073709551615",
                            "-9223372036854775808",
                            "1.5",
                            "1e3",
                            "1E3",
                            "true",
                            "false",
                            "null",
                            "\"\"",
                            "\"b\"",
                            R"("\"\\\/\b\f\n\r\t")",
                            R"("b\tc\\")",
                            R"("\u0062\u00e9")",
                            "\"\x7f\"",
                            "{}",
                            "[]",
                            "[{}]",
                            "[[], [1, \"b\"], {\"b\": [true]}, 2]",
                            " [ 1 ,\t2\r\n] ",
                            "{\"b\": {\"c\": 1, \"d\": [null, {\"e\": \"f\"}]}, \"g\": -2}",
                            R"({"b\n\"": 1})",
                            "{\"b\": 1, \"b\": 2}"}) {
    const std::string scanned = Nodes(absl::StrCat("{\"x\": \"e\", \"a\": ", value, "}"));
    EXPECT_EQ(scanned, Nodes(absl::StrCat("{\"x\": \"é\", \"a\": ", value, "}"))) << value;
    EXPECT_EQ(scanned.substr(0, 2), "0:") << value;
  }
}

TEST(Scanner, AcceptsNothingMalformed) {
  for (const char* value :
       {"",        "1,",        "[1,]",        "[,1]",     "[1 2]",    "{,}",
        "{\"b\"}", "{\"b\" 1}", "{\"b\": 1,}", "{1:2}",    "{b: 1}",   "[1}",
        "01",      "-",         "-01",         "+1",       "1.",       "1e",
        "tru",     "truex",     "null 1",      "\"b",      "'b'",      "\f1",
        "\v1",     "/**/1",     "[[1]",        "1 2",      R"("\x")",  R"("\u1")",
        R"("\)",   "\"\n\"",    "\"\t\"",      "\"\xff\"", "{\"b\":}", "{\"b\": 1 \"c\": 2}"}) {
    const std::string text = absl::StrCat("{\"a\": ", value, "}");
    EXPECT_FALSE(Document::Parse(text, "x.json").ok()) << text;
  }
}

// In any order, because the position of the last element is kept.
TEST(Pointer, GivesThePositionInEachArray) {
  const std::string text = R"({"a": [1, [2, 3, [4]], {"b": [5, 6]}, 7, [8]]})";
  const char* const pointers[] = {"",         "/a",       "/a/0",     "/a/1", "/a/1/0",
                                  "/a/1/1",   "/a/1/2",   "/a/1/2/0", "/a/2", "/a/2/b",
                                  "/a/2/b/0", "/a/2/b/1", "/a/3",     "/a/4", "/a/4/0"};
  Document document = *Document::Parse(text, "x.json");
  const uint32_t nodes = document.node(0).end;
  ASSERT_EQ(nodes, std::size(pointers));
  for (uint32_t step : {1U, 4U, 7U, 14U}) {
    for (uint32_t i = 0; i < nodes; ++i) {
      const uint32_t node = i * step % nodes;
      EXPECT_EQ(document.Pointer(node), pointers[node]);
    }
  }
}

}  // namespace
}  // namespace tare::json
