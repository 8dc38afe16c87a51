// Our JSON scanner against nlohmann's: both take the same texts and read the same values from them.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "spec/document.h"

namespace {

using tare::spec::json::Document;
using tare::spec::json::Kind;
using tare::spec::json::Node;
using Json = nlohmann::ordered_json;

void Expect(bool truth) {
  if (!truth) std::abort();
}

// The member's value, of several with this name the last: what both readers are to give.
uint32_t LastMember(const Document& document, uint32_t object, absl::string_view name) {
  uint32_t last = 0;
  for (uint32_t child = object + 1; child != document.node(object).end; child = document.node(child).end) {
    if (document.node(child).key == name) last = child;
  }
  return last;
}

void Compare(const Document& document, uint32_t index, const Json& json);

void CompareArray(const Document& document, uint32_t index, const Json& json) {
  uint32_t child = index + 1;
  for (const Json& element : json) {
    Expect(child != document.node(index).end);
    Compare(document, child, element);
    child = document.node(child).end;
  }
  Expect(child == document.node(index).end);
}

void CompareObject(const Document& document, uint32_t index, const Json& json) {
  for (const auto& [name, value] : json.items()) {
    const uint32_t member = LastMember(document, index, name);
    Expect(member != 0);
    Compare(document, member, value);
  }
  for (uint32_t child = index + 1; child != document.node(index).end; child = document.node(child).end) {
    Expect(json.contains(std::string(document.node(child).key)));
  }
}

void Compare(const Document& document, uint32_t index, const Json& json) {
  const Node& node = document.node(index);
  switch (node.kind) {
    case Kind::kNull:
      return Expect(json.is_null());
    case Kind::kBool:
      return Expect(json.is_boolean() && json.get<bool>() == (node.text == "true"));
    case Kind::kNumber:
      return Expect(json.is_number() && Json::parse(std::string(node.text)) == json);
    case Kind::kString:
      return Expect(json.is_string() && json.get_ref<const std::string&>() == node.text);
    case Kind::kArray:
      return Expect(json.is_array()), CompareArray(document, index, json);
    case Kind::kObject:
      return Expect(json.is_object()), CompareObject(document, index, json);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  // nlohmann skips a byte order mark and takes a NUL for the end.
  if (size > 4096 || absl::StartsWith(text, "\xef\xbb\xbf") || text.find('\0') != text.npos) return 0;
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const tare::StatusOr<Document> document = Document::Parse(text, "x");
  if (document.ok()) {
    // nlohmann alone refuses numbers beyond a double's range, which readers refuse here.
    if (!json.is_discarded()) Compare(*document, 0, json);
  } else {
    Expect(json.is_discarded() || !json.is_object());
  }
  return 0;
}
