#include "line/command.h"

#include <algorithm>

#include "line/usage.h"

namespace tare::line {
namespace {

// In runc's words, and for a terminal: `"start" takes 1 argument: ID`.
Status CountError(const Command& command, absl::string_view runcs, absl::string_view plain, int count) {
  const absl::string_view operands = command.operands.substr(0, command.operands.find('\n'));
  const std::string number = count == 0 ? "no" : absl::StrCat(count);
  return UsageError(absl::StrCat("tare: \"", command.name, "\" requires ", runcs, " ", count, " argument(s)"),
                    {.plain = absl::StrCat("\"", command.name, "\" takes ", plain, number,
                                           count == 1 ? " argument" : " arguments",
                                           operands.empty() ? "" : ": ", operands)});
}

Status CheckCount(const Command& command, int most, int count) {
  const bool too_few = count < command.min_words;
  const bool too_many = most != kAnyNumber && count > most;
  if (!too_few && !too_many) return absl::OkStatus();
  if (command.min_words == most) return CountError(command, "exactly", "", most);
  if (too_few) return CountError(command, "a minimum of", "at least ", command.min_words);
  return CountError(command, "a maximum of", "at most ", most);
}

}  // namespace

const Command* FindCommand(CommandTable commands, absl::string_view name) {
  const auto found =
      std::ranges::find_if(commands, [&](const Command* command) { return command->name == name; });
  return found == commands.end() ? nullptr : *found;
}

Status CheckOperands(const Command& command, const Arguments& arguments) {
  const bool many = !command.many_with.empty() && arguments.Has(command.many_with);
  const int most = many ? kAnyNumber : command.max_words;
  TARE_RETURN_IF_ERROR(CheckCount(command, most, static_cast<int>(arguments.words().size())));
  const bool all_alike = most == kAnyNumber && command.order == Order::kAnywhere;
  if (!all_alike || arguments.unknown_flags().empty()) return absl::OkStatus();
  return UnknownFlag(command.flags, arguments.unknown_flags().front());
}

}  // namespace tare::line
