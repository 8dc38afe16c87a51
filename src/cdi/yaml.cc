#include "cdi/yaml.h"

#include <yaml.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/strip.h"
#include "json/writer.h"

namespace tare::cdi {
namespace {

// A specification of a machine with eight GPUs has 40 kB and six levels.
constexpr size_t kLongestJson = 4 << 20;
constexpr int kMostLevels = 64;

absl::string_view View(const yaml_char_t* text) {
  return reinterpret_cast<const char*>(text);
}

std::string Quoted(absl::string_view text) {
  return json::OneLine(json::Output(std::string(text)));
}

bool IsNull(absl::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::optional<std::string> AsBool(absl::string_view text) {
  const std::string word = absl::AsciiStrToLower(text);
  for (absl::string_view yes : {"true", "yes", "on", "y"}) {
    if (word == yes) return "true";
  }
  for (absl::string_view no : {"false", "no", "off", "n"}) {
    if (word == no) return "false";
  }
  return std::nullopt;
}

std::optional<int> DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// "0x1f", "0o17", "017" and "0b11" without what marks the base, and the base.
std::pair<absl::string_view, int> SplitBase(absl::string_view digits) {
  if (absl::ConsumePrefix(&digits, "0x")) return {digits, 16};
  if (absl::ConsumePrefix(&digits, "0o")) return {digits, 8};
  if (absl::ConsumePrefix(&digits, "0b")) return {digits, 2};
  if (digits.size() > 1 && digits[0] == '0') return {digits.substr(1), 8};
  return {digits, 10};
}

std::optional<std::string> AsInteger(absl::string_view text) {
  const bool is_negative = absl::ConsumePrefix(&text, "-");
  if (!is_negative) absl::ConsumePrefix(&text, "+");
  const auto [digits, base] = SplitBase(text);
  if (digits.empty()) return std::nullopt;
  uint64_t number = 0;
  for (char c : digits) {
    if (c == '_') continue;
    const std::optional<int> digit = DigitOf(c);
    const bool fits = number < UINT64_MAX / 32;
    if (!digit || *digit >= base || !fits) return std::nullopt;
    number = number * static_cast<uint64_t>(base) + static_cast<uint64_t>(*digit);
  }
  return absl::StrCat(is_negative && number != 0 ? "-" : "", number);
}

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    if (parsed_) yaml_event_delete(&event_);
  }

  bool Parse(yaml_parser_t& parser) { return parsed_ = yaml_parser_parse(&parser, &event_) != 0; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
  bool parsed_ = false;
};

class Converter {
 public:
  Converter(absl::string_view text, absl::string_view name, KindOfScalar kind) : name_(name), kind_(kind) {
    initialized_ = yaml_parser_initialize(&parser_) != 0;
    if (initialized_)
      yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                   text.size());
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (initialized_) yaml_parser_delete(&parser_);
  }

  StatusOr<std::string> Convert() {
    if (!initialized_) return absl::ResourceExhaustedError("libyaml: out of memory");
    TARE_RETURN_IF_ERROR(Skip(YAML_STREAM_START_EVENT));
    TARE_RETURN_IF_ERROR(Skip(YAML_DOCUMENT_START_EVENT));
    TARE_RETURN_IF_ERROR(Node("", "", 0));
    TARE_RETURN_IF_ERROR(Skip(YAML_DOCUMENT_END_EVENT));
    Event end;
    TARE_RETURN_IF_ERROR(Next(end));
    if (end->type != YAML_STREAM_END_EVENT) return Wrong(end->start_mark, "there must be only one document");
    return std::move(json_);
  }

 private:
  Status Wrong(const yaml_mark_t& mark, absl::string_view what) const {
    return InvalidError(name_, ": line ", mark.line + 1, ", column ", mark.column + 1, ": ", what);
  }

  Status Next(Event& event) {
    if (event.Parse(parser_)) return absl::OkStatus();
    const absl::string_view problem = parser_.problem == nullptr ? "malformed YAML" : parser_.problem;
    return Wrong(parser_.error == YAML_READER_ERROR ? parser_.mark : parser_.problem_mark, problem);
  }

  // An empty stream has no document.
  Status Skip(yaml_event_type_t type) {
    Event event;
    TARE_RETURN_IF_ERROR(Next(event));
    if (event->type == type) return absl::OkStatus();
    return Wrong(event->start_mark, "there is no document");
  }

  Status Node(absl::string_view object, absl::string_view member, int level) {
    Event event;
    TARE_RETURN_IF_ERROR(Next(event));
    return Node(event, object, member, level);
  }

  Status Node(const Event& event, absl::string_view object, absl::string_view member, int level) {
    if (level > kMostLevels) return Wrong(event->start_mark, "nested too deeply");
    const size_t begin = json_.size();
    switch (event->type) {
      case YAML_ALIAS_EVENT:
        return Alias(event);
      case YAML_SCALAR_EVENT:
        TARE_RETURN_IF_ERROR(Plain(event, object, member));
        Remember(event->data.scalar.anchor, begin);
        break;
      case YAML_SEQUENCE_START_EVENT:
        TARE_RETURN_IF_ERROR(Sequence(object, member, level));
        Remember(event->data.sequence_start.anchor, begin);
        break;
      case YAML_MAPPING_START_EVENT:
        TARE_RETURN_IF_ERROR(Mapping(member, level));
        Remember(event->data.mapping_start.anchor, begin);
        break;
      default:
        return Wrong(event->start_mark, "a value is missing");
    }
    if (json_.size() > kLongestJson) return Wrong(event->start_mark, "too long");
    return absl::OkStatus();
  }

  Status Plain(const Event& event, absl::string_view object, absl::string_view member) {
    const auto& scalar = event->data.scalar;
    const absl::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (scalar.style != YAML_PLAIN_SCALAR_STYLE) {
      json_ += Quoted(text);
    } else if (IsNull(text)) {
      json_ += "null";
    } else {
      const Scalar kind = kind_(object, member);
      std::optional<std::string> value;
      if (kind == Scalar::kBool) value = AsBool(text);
      if (kind == Scalar::kInteger) value = AsInteger(text);
      json_ += value.value_or(Quoted(text));
    }
    return absl::OkStatus();
  }

  Status Sequence(absl::string_view object, absl::string_view member, int level) {
    json_ += '[';
    for (bool is_first = true;; is_first = false) {
      Event event;
      TARE_RETURN_IF_ERROR(Next(event));
      if (event->type == YAML_SEQUENCE_END_EVENT) break;
      if (!is_first) json_ += ',';
      TARE_RETURN_IF_ERROR(Node(event, object, member, level + 1));
    }
    json_ += ']';
    return absl::OkStatus();
  }

  // `object`: the member that this mapping is the value of
  Status Mapping(absl::string_view object, int level) {
    const std::string outer(object);
    json_ += '{';
    for (bool is_first = true;; is_first = false) {
      Event event;
      TARE_RETURN_IF_ERROR(Next(event));
      if (event->type == YAML_MAPPING_END_EVENT) break;
      if (event->type != YAML_SCALAR_EVENT) return Wrong(event->start_mark, "a key must be a scalar");
      const auto& scalar = event->data.scalar;
      const std::string key(reinterpret_cast<const char*>(scalar.value), scalar.length);
      absl::StrAppend(&json_, is_first ? "" : ",", Quoted(key), ":");
      TARE_RETURN_IF_ERROR(Node(outer, key, level + 1));
    }
    json_ += '}';
    return absl::OkStatus();
  }

  void Remember(const yaml_char_t* anchor, size_t begin) {
    if (anchor != nullptr) anchors_[std::string(View(anchor))] = {begin, json_.size() - begin};
  }

  // An anchor is known when its node is complete, so a node cannot contain itself.
  Status Alias(const Event& event) {
    const auto target = anchors_.find(std::string(View(event->data.alias.anchor)));
    if (target == anchors_.end()) return Wrong(event->start_mark, "an alias without an anchor before it");
    json_.append(json_, target->second.first, target->second.second);
    return json_.size() > kLongestJson ? Wrong(event->start_mark, "too long") : absl::OkStatus();
  }

  std::string name_;
  KindOfScalar kind_;
  yaml_parser_t parser_{};
  bool initialized_ = false;
  std::string json_;
  std::map<std::string, std::pair<size_t, size_t>> anchors_;  // parts of json_: begin and size
};

}  // namespace

StatusOr<std::string> YamlToJson(absl::string_view text, absl::string_view name, KindOfScalar kind) {
  return Converter(text, name, kind).Convert();
}

}  // namespace tare::cdi
