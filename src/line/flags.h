// Flags: a table lists the flags of a command, and Parse() reads a command line with it. The grammar is that
// of Go's flag package (one dash or two, "-name=value" or "-name value", a boolean's value only after "="),
// because engines write command lines for runc, which uses it: containerd calls `restore ... -no-subreaper`.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::line {

enum class FlagKind { kBool, kInt, kString, kInts, kStrings };  // the plural ones may be repeated
enum class Visibility { kShown, kHidden };                      // hidden: accepted, but not in --help

// What a shell offers for the value of a flag or for an operand. kWords: the words in Flag::value. kDevice:
// paths of device nodes, and names of CDI devices.
enum class Completes { kNothing, kFile, kDirectory, kContainer, kNetwork, kSignal, kWords, kDevice };

// The order is that in which tables name the members.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct Flag {
  absl::string_view name;
  absl::string_view alias = {};  // one letter, or none
  FlagKind kind = FlagKind::kString;
  // The value's placeholder in help and manual pages: "DIR", or the words to choose from, "text|json".
  // Brackets mark an optional part: "no|on-failure[:N]|always". Empty for a boolean.
  absl::string_view value = {};
  Completes completes = Completes::kNothing;
  absl::string_view help = {};
  absl::string_view initial = {};  // shown by --help; String() and Int() return it if the flag is absent
  Visibility visibility = Visibility::kShown;
  bool is_operand = false;  // the value is the first operand, which is then not given by itself: --name ID
};

// One table from several.
template <size_t... kSizes>
consteval auto JoinedFlags(const std::array<Flag, kSizes>&... tables) {
  std::array<Flag, (kSizes + ...)> all;
  auto* end = all.begin();
  ((end = std::copy(tables.begin(), tables.end(), end)), ...);
  return all;
}

// The words that `value` offers, if the flag completes to words: {"no", "on-failure", "always"}.
std::vector<absl::string_view> WordsOf(const Flag& flag);

// Where flags may appear. kBeforeWords: only before the first operand, because what follows belongs to
// another program (`exec ID ls -l`). kAnywhere: also after an operand (`delete ID --force`). kProgramLast:
// the same, and what follows a "--" after the first operand is a program with its arguments (`run ID -- ls
// -l`).
enum class Order { kBeforeWords, kAnywhere, kProgramLast };

// The flags and operands that were given. Asking for a flag that is not in the table, or for a value of
// another kind than its own, is a bug and aborts.
class Arguments {
 public:
  explicit Arguments(std::span<const Flag> flags) : flags_(flags), values_(flags.size()) {}

  bool Has(absl::string_view name) const { return !values_[Index(name)].empty(); }
  bool Bool(absl::string_view name) const;
  int64_t Int(absl::string_view name) const;
  std::string String(absl::string_view name) const;  // the last one given
  const std::vector<std::string>& Strings(absl::string_view name) const { return values_[Index(name)]; }
  std::vector<int64_t> Ints(absl::string_view name) const;
  // The flag as it could be given again: "--env=A=1", once for each value.
  std::vector<std::string> Written(absl::string_view name) const;

  const std::vector<std::string>& words() const { return words_; }
  const std::vector<std::string>& program() const { return program_; }  // see Order::kProgramLast
  // Those of words(), after the first one, that look like flags but are not in the table.
  const std::vector<std::string>& unknown_flags() const { return unknown_flags_; }
  bool help() const { return help_; }  // --help or -h was among them

 private:
  friend class Parser;
  size_t Index(absl::string_view name) const;

  std::span<const Flag> flags_;
  std::vector<std::vector<std::string>> values_;  // by index in flags_
  std::vector<std::string> words_;
  std::vector<std::string> program_;
  std::vector<std::string> unknown_flags_;
  bool help_ = false;
};

// A word that is a flag, "--name=value", taken apart.
struct FlagWord {
  absl::string_view name;  // without dashes
  absl::string_view value;
  bool has_value = false;
};

// A usage error if no flag can be written like this: "-=x", "---x".
StatusOr<FlagWord> SplitFlag(absl::string_view word);

// The flag with this name or alias, without dashes; null if there is none.
const Flag* FindFlag(std::span<const Flag> flags, absl::string_view name);

// Errors are usage errors with the texts of Go's flag package ("flag needs an argument: -log"). Engines
// provoke them to find out which flags exist.
StatusOr<Arguments> Parse(std::span<const Flag> flags, Order order, std::span<const std::string> line);

// The error for `word`, "--fromat=json", which is not in the table.
Status UnknownFlag(std::span<const Flag> flags, absl::string_view word);

// Go's strconv.ParseBool and ParseInt(text, 0, 64): "1", "t", "TRUE"...; "-7", "0x1f", "0o17", "017", "0b11".
StatusOr<bool> ParseBool(absl::string_view text);
StatusOr<int64_t> ParseInt(absl::string_view text);

}  // namespace tare::line
