#include "line/flags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/suggest.h"
#include "line/usage.h"

namespace tare::line {
namespace {

Status BadSyntax() {
  return InvalidError("parse error");
}

// The digits of a number in Go's notation, and their base.
struct Digits {
  absl::string_view text;
  int base;
};

Digits SplitBase(absl::string_view text) {
  if (text.size() < 2 || text[0] != '0') return {text, 10};
  switch (text[1]) {
    case 'x':
    case 'X':
      return {text.substr(2), 16};
    case 'o':
    case 'O':
      return {text.substr(2), 8};
    case 'b':
    case 'B':
      return {text.substr(2), 2};
    default:
      return {text.substr(1), 8};
  }
}

}  // namespace

StatusOr<bool> ParseBool(absl::string_view text) {
  constexpr std::array<absl::string_view, 6> kTrue = {"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<absl::string_view, 6> kFalse = {"0", "f", "F", "false", "FALSE", "False"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  return BadSyntax();
}

StatusOr<int64_t> ParseInt(absl::string_view text) {
  bool negative = absl::StartsWith(text, "-");
  if (negative || absl::StartsWith(text, "+")) text.remove_prefix(1);
  Digits digits = SplitBase(text);
  // A sign is allowed only once, before the base; from_chars would accept a second one.
  if (absl::StartsWith(digits.text, "-")) return BadSyntax();
  // The sign is put back in front, because the lowest number has no positive counterpart.
  std::string number = absl::StrCat(negative ? "-" : "", digits.text);
  int64_t value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, digits.base);
  if (end != number.data() + number.size()) return BadSyntax();
  if (error == std::errc::result_out_of_range) return absl::OutOfRangeError("value out of range");
  if (error != std::errc()) return BadSyntax();
  return value;
}

std::vector<std::string> Arguments::Written(absl::string_view name) const {
  std::vector<std::string> words;
  for (const std::string& value : Strings(name)) words.push_back(absl::StrCat("--", name, "=", value));
  return words;
}

std::vector<absl::string_view> WordsOf(const Flag& flag) {
  if (flag.completes != Completes::kWords) return {};
  std::vector<absl::string_view> words = absl::StrSplit(flag.value, '|');
  for (absl::string_view& word : words) word = word.substr(0, word.find('['));
  return words;
}

size_t Arguments::Index(absl::string_view name) const {
  for (size_t i = 0; i < flags_.size(); ++i) {
    if (flags_[i].name == name) return i;
  }
  std::abort();
}

bool Arguments::Bool(absl::string_view name) const {
  const std::vector<std::string>& given = values_[Index(name)];
  return !given.empty() && ParseBool(given.back()).value();
}

int64_t Arguments::Int(absl::string_view name) const {
  std::string text = String(name);
  return text.empty() ? 0 : ParseInt(text).value();
}

std::string Arguments::String(absl::string_view name) const {
  size_t index = Index(name);
  return values_[index].empty() ? std::string(flags_[index].initial) : values_[index].back();
}

std::vector<int64_t> Arguments::Ints(absl::string_view name) const {
  std::vector<int64_t> numbers;
  for (const std::string& text : Strings(name)) numbers.push_back(ParseInt(text).value());
  return numbers;
}

namespace {

bool IsFlag(absl::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

bool IsHelp(absl::string_view name) {
  return name == "help" || name == "h";
}

// The flag as users write it: "-f", "--format".
std::string Written(absl::string_view name) {
  return absl::StrCat(name.size() == 1 ? "-" : "--", name);
}

// `expected` tells the user what to give instead.
Status BadValue(absl::string_view message, absl::string_view name, absl::string_view value,
                absl::string_view expected) {
  return UsageError(
      message, {.plain = absl::StrCat("invalid value \"", value, "\" for ", Written(name), ": ", expected)});
}

Status CheckBool(absl::string_view name, absl::string_view value) {
  StatusOr<bool> parsed = ParseBool(value);
  if (parsed.ok()) return absl::OkStatus();
  return BadValue(
      absl::StrCat("invalid boolean value \"", value, "\" for -", name, ": ", parsed.status().message()),
      name, value, "use true or false");
}

Status CheckInt(absl::string_view name, absl::string_view value) {
  StatusOr<int64_t> parsed = ParseInt(value);
  if (parsed.ok()) return absl::OkStatus();
  return BadValue(
      absl::StrCat("invalid value \"", value, "\" for flag -", name, ": ", parsed.status().message()), name,
      value, absl::IsOutOfRange(parsed.status()) ? "the number is out of range" : "use a whole number");
}

Status CheckValue(const Flag& flag, absl::string_view name, absl::string_view value) {
  switch (flag.kind) {
    case FlagKind::kBool:
      return CheckBool(name, value);
    case FlagKind::kInt:
    case FlagKind::kInts:
      return CheckInt(name, value);
    case FlagKind::kString:
    case FlagKind::kStrings:
      break;
  }
  return absl::OkStatus();
}

}  // namespace

class Parser {
 public:
  Parser(std::span<const Flag> flags, Order order, std::span<const std::string> line)
      : flags_(flags), order_(order), line_(line), result_(flags) {}

  StatusOr<Arguments> Run() {
    while (!line_.empty()) {
      absl::string_view word = line_.front();
      if (word == "--") {
        line_ = line_.subspan(1);
        order_ == Order::kProgramLast && (SeenWord() || operand_flag_ != nullptr) ? TakeProgram()
                                                                                  : TakeRest();
      } else if (IsFlag(word)) {
        TARE_RETURN_IF_ERROR(TakeFlag(word));
      } else if (order_ == Order::kBeforeWords) {
        TakeRest();
      } else {
        TakeWord();
      }
    }
    TARE_RETURN_IF_ERROR(TakeOperandFlag());
    return std::move(result_);
  }

 private:
  bool SeenWord() const { return !result_.words_.empty(); }

  void TakeWord() {
    result_.words_.push_back(line_.front());
    line_ = line_.subspan(1);
  }

  void TakeRest() {
    result_.words_.insert(result_.words_.end(), line_.begin(), line_.end());
    line_ = {};
  }

  void TakeProgram() {
    result_.program_.assign(line_.begin(), line_.end());
    line_ = {};
  }

  Status TakeOperandFlag() {
    if (operand_flag_ == nullptr) return absl::OkStatus();
    const std::string value = result_.String(operand_flag_->name);
    if (SeenWord())
      return UsageError(absl::StrCat("\"", result_.words_.front(), "\" and --", operand_flag_->name, " \"",
                                     value, "\" are both given: use one of them"));
    result_.words_.push_back(value);
    return absl::OkStatus();
  }

  // After the first operand, a flag that is not in the table is an operand as well: in `kill ID -9`, kill
  // itself reads the -9.
  Status TakeFlag(absl::string_view word) {
    const StatusOr<FlagWord> given = SplitFlag(word);
    const Flag* flag = given.ok() ? FindFlag(flags_, given->name) : nullptr;
    const bool help = given.ok() && flag == nullptr && IsHelp(given->name);
    if (flag == nullptr && !help && SeenWord()) {
      result_.unknown_flags_.emplace_back(word);
      TakeWord();
      return absl::OkStatus();
    }
    if (!given.ok()) return given.status();
    line_ = line_.subspan(1);
    if (help) {
      result_.help_ = true;
      return absl::OkStatus();
    }
    if (flag == nullptr) return UnknownFlag(flags_, word);
    return TakeValue(*flag, *given);
  }

  Status TakeValue(const Flag& flag, const FlagWord& given) {
    std::string value(given.value);
    if (!given.has_value && flag.kind == FlagKind::kBool) {
      value = "true";
    } else if (!given.has_value) {
      if (line_.empty()) return MissingValue(flag, given.name);
      value = line_.front();
      line_ = line_.subspan(1);
    }
    TARE_RETURN_IF_ERROR(CheckValue(flag, given.name, value));
    if (flag.is_operand) operand_flag_ = &flag;
    result_.values_[static_cast<size_t>(&flag - flags_.data())].push_back(std::move(value));
    return absl::OkStatus();
  }

  static Status MissingValue(const Flag& flag, absl::string_view name) {
    return UsageError(absl::StrCat("flag needs an argument: -", name),
                      {.plain = absl::StrCat("flag ", Written(name), " needs a value: ", flag.value)});
  }

  std::span<const Flag> flags_;
  Order order_;
  std::span<const std::string> line_;  // the words that have not been read yet
  const Flag* operand_flag_ = nullptr;
  Arguments result_;
};

Status UnknownFlag(std::span<const Flag> flags, absl::string_view word) {
  TARE_ASSIGN_OR_RETURN(const FlagWord given, SplitFlag(word));
  std::vector<absl::string_view> names = {"help"};
  for (const Flag& flag : flags) {
    if (flag.visibility == Visibility::kShown) names.push_back(flag.name);
  }
  const absl::string_view closest = given.name.size() > 1 ? Closest(given.name, names) : "";
  return UsageError(absl::StrCat("flag provided but not defined: -", given.name),
                    {.plain = absl::StrCat("unknown flag ", Written(given.name)),
                     .suggestion = closest.empty() ? "" : Written(closest)});
}

StatusOr<FlagWord> SplitFlag(absl::string_view word) {
  const absl::string_view name = word.substr(absl::StartsWith(word, "--") ? 2 : 1);
  if (name.empty() || name[0] == '-' || name[0] == '=')
    return UsageError(absl::StrCat("bad flag syntax: ", word),
                      {.plain = absl::StrCat("\"", word, "\" is not a valid flag")});
  const size_t equals = name.find('=');
  if (equals == absl::string_view::npos) return FlagWord{.name = name};
  return FlagWord{.name = name.substr(0, equals), .value = name.substr(equals + 1), .has_value = true};
}

const Flag* FindFlag(std::span<const Flag> flags, absl::string_view name) {
  const auto found = std::ranges::find_if(flags, [&](const Flag& flag) {
    return flag.name == name || (!flag.alias.empty() && flag.alias == name);
  });
  return found == flags.end() ? nullptr : &*found;
}

StatusOr<Arguments> Parse(std::span<const Flag> flags, Order order, std::span<const std::string> line) {
  return Parser(flags, order, line).Run();
}

}  // namespace tare::line
