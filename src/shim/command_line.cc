#include "shim/command_line.h"

#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace tare::shim {
namespace {

struct Flag {
  absl::string_view name;
  std::variant<std::string CommandLine::*, bool CommandLine::*> member;
};

constexpr Flag kFlags[] = {
    {"namespace", &CommandLine::containerd_namespace},
    {"id", &CommandLine::id},
    {"address", &CommandLine::address},
    {"publish-binary", &CommandLine::publish_binary},
    {"bundle", &CommandLine::bundle},
    {"socket", &CommandLine::socket},
    {"debug-socket", &CommandLine::debug_socket},
    {"debug", &CommandLine::debug},
    {"v", &CommandLine::version},
    {"version", &CommandLine::version},
    {"info", &CommandLine::info},
};

const Flag* FindFlag(absl::string_view name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

// "-name", "--name", "-name=value".
struct Word {
  absl::string_view name;
  absl::string_view value;
  bool has_value = false;
};
Word Split(absl::string_view word) {
  word.remove_prefix(absl::StartsWith(word, "--") ? 2 : 1);
  const size_t equals = word.find('=');
  if (equals == absl::string_view::npos) return {.name = word};
  return {.name = word.substr(0, equals), .value = word.substr(equals + 1), .has_value = true};
}

}  // namespace

StatusOr<CommandLine> ParseCommandLine(std::span<const std::string> line) {
  CommandLine parsed;
  size_t at = 0;
  for (; at < line.size() && line[at].size() > 1 && line[at][0] == '-' && line[at] != "--"; ++at) {
    const Word word = Split(line[at]);
    const Flag* flag = FindFlag(word.name);
    if (flag == nullptr) return InvalidError("flag provided but not defined: -", word.name);
    if (const auto* truth = std::get_if<bool CommandLine::*>(&flag->member)) {
      parsed.*(*truth) = !word.has_value || word.value == "true" || word.value == "1";
      continue;
    }
    if (!word.has_value && at + 1 == line.size()) return InvalidError("flag needs an argument: -", word.name);
    parsed.*std::get<std::string CommandLine::*>(flag->member) =
        word.has_value ? std::string(word.value) : line[++at];
  }
  if (at < line.size()) parsed.action = line[at];
  return parsed;
}

}  // namespace tare::shim
