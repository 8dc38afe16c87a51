#include "line/completion_words.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cdi/registry.h"
#include "commands/networks.h"
#include "commands/state.h"
#include "connect/networks.h"
#include "line/command.h"
#include "line/globals.h"

namespace tare::line {
namespace {

constexpr absl::string_view kHelpCommand = "help";

std::string Line(absl::string_view word, absl::string_view help = "") {
  return absl::StrCat(word, help.empty() ? "" : "\t", help, "\n");
}

std::string CommandNames(CommandTable commands) {
  std::string lines;
  for (const Command* command : commands) lines += Line(command->name, command->summary);
  return lines + Line(kHelpCommand, "show the help of a command");
}

std::string SignalNames() {
  std::string lines;
  for (int signal = 1; signal <= SIGSYS; ++signal) {
    if (const char* name = sigabbrev_np(signal)) lines += Line(name, strsignal(signal));
  }
  return lines;
}

std::string FlagNames(std::span<const Flag> flags) {
  std::string lines;
  for (const Flag& flag : flags) {
    if (flag.visibility == Visibility::kHidden) continue;
    lines += Line(absl::StrCat("--", flag.name), flag.help);
    if (!flag.alias.empty()) lines += Line(absl::StrCat("-", flag.alias), flag.help);
  }
  return lines + Line("--help", "show help");
}

// Shells pass the word as it was typed: "~/state".
std::string ExpandHome(const std::string& path) {
  const char* home = std::getenv("HOME");
  return home != nullptr && absl::StartsWith(path, "~/") ? absl::StrCat(home, path.substr(1)) : path;
}

// Reads a command line that is not finished, in the same way as Parse().
class Reader {
 public:
  Reader(CommandTable commands, ListContainers containers) : commands_(commands), containers_(containers) {}

  void Read(const std::string& word) {
    if (awaits_value_ != nullptr) {
      TakeValue(*awaits_value_, word);
      awaits_value_ = nullptr;
    } else if (!flags_ended_ && word == "--") {
      flags_ended_ = true;
    } else if (!flags_ended_ && word.size() > 1 && word[0] == '-') {
      ReadFlag(word);
    } else if (name_.empty()) {
      name_ = word;
      command_ = FindCommand(commands_, word);
    } else {
      if (operands_++ == 0) first_operand_ = word;
      if (command_ != nullptr && command_->order == Order::kBeforeWords) flags_ended_ = true;
    }
  }

  std::string Offer(absl::string_view word) const {
    if (awaits_value_ != nullptr) return OfferValue(*awaits_value_, word);
    if (!flags_ended_ && absl::StartsWith(word, "-")) return OfferFlag(word);
    if (name_.empty()) return CommandNames(commands_);
    if (name_ == kHelpCommand) return operands_ == 0 ? CommandNames(commands_) : "";
    return command_ == nullptr ? "" : OfferOperand();
  }

 private:
  std::span<const Flag> flags() const {
    if (name_.empty()) return GlobalFlags();
    return command_ == nullptr ? std::span<const Flag>() : command_->flags;
  }

  void ReadFlag(absl::string_view word) {
    const StatusOr<FlagWord> typed = SplitFlag(word);
    const Flag* flag = typed.ok() ? FindFlag(flags(), typed->name) : nullptr;
    if (flag == nullptr || flag->kind == FlagKind::kBool) return;
    if (command_ != nullptr && command_->many_with == flag->name) many_ = true;
    if (typed->has_value) {
      TakeValue(*flag, std::string(typed->value));
    } else {
      awaits_value_ = flag;
    }
  }

  void TakeValue(const Flag& flag, const std::string& value) {
    if (flag.name == "root") root_ = value;
    if (flag.name == "cdi-spec-dir") cdi_directories_.push_back(ExpandHome(value));
  }

  std::string OfferFlag(absl::string_view word) const {
    const StatusOr<FlagWord> typed = SplitFlag(word);
    if (!typed.ok() || !typed->has_value) return FlagNames(flags());
    const Flag* flag = FindFlag(flags(), typed->name);
    return flag == nullptr ? "" : OfferValue(*flag, typed->value);
  }

  std::string OfferValue(const Flag& flag, absl::string_view begin) const {
    if (flag.completes == Completes::kDevice) return OfferDevices(begin);
    std::string lines;
    for (absl::string_view word : WordsOf(flag)) lines += Line(word);
    if (flag.completes == Completes::kNetwork)
      for (absl::string_view word : connect::NetworkWords()) lines += Line(word);
    return lines + Offer(flag.completes);
  }

  // Files that cannot be read are ignored.
  std::string OfferDevices(absl::string_view begin) const {
    if (absl::StartsWith(begin, "/")) return Line(":files");
    std::string lines;
    const auto registry =
        cdi::Registry::Load(cdi_directories_.empty() ? cdi::DefaultDirectories() : cdi_directories_);
    for (const auto& [name, entries] : registry.devices()) lines += Line(name, entries.back().file->path);
    return lines;
  }

  std::string OfferOperand() const {
    const bool more = many_ || (command_->max_words == kAnyNumber && command_->order == Order::kAnywhere);
    if (operands_ > 0 && !more) return OfferLaterOperand();
    std::string lines = Offer(command_->completes);
    if (command_->completes == Completes::kWords) {
      const absl::string_view words = command_->operands.substr(0, command_->operands.find(' '));
      for (absl::string_view word : absl::StrSplit(words, '|')) lines += Line(word);
    }
    return lines;
  }

  // By its name in the usage line: "FILE" in "add|remove ID FILE".
  std::string OfferLaterOperand() const {
    const std::vector<absl::string_view> names =
        absl::StrSplit(command_->operands.substr(0, command_->operands.find('\n')), ' ');
    const absl::string_view name =
        static_cast<size_t>(operands_) < names.size() ? names[static_cast<size_t>(operands_)] : "";
    if (name == "ID") return Offer(Completes::kContainer);
    if (name == "FILE") return Offer(Completes::kFile);
    if (name == "[NETWORK|ID]") return OfferToNetwork();
    return name == "[SIGNAL]" ? SignalNames() : "";
  }

  // The other actions take nothing that exists.
  std::string OfferToNetwork() const {
    if (first_operand_ == "check") return Offer(Completes::kNetwork) + Offer(Completes::kContainer);
    return first_operand_ == "inspect" || first_operand_ == "rm" ? Offer(Completes::kNetwork) : "";
  }

  std::string Offer(Completes completes) const {
    switch (completes) {
      case Completes::kFile:
        return Line(":files");
      case Completes::kDirectory:
        return Line(":directories");
      case Completes::kSignal:
        return SignalNames();
      case Completes::kContainer: {
        std::string lines;
        for (const std::string& id : containers_(root_)) lines += Line(id);
        return lines;
      }
      case Completes::kNetwork: {
        std::string lines;
        for (const std::string& name : commands::NetworkNames()) lines += Line(name);
        return lines;
      }
      case Completes::kNothing:
      case Completes::kWords:
      case Completes::kDevice:
        break;
    }
    return "";
  }

  CommandTable commands_;
  ListContainers containers_;
  std::string root_;
  std::vector<std::string> cdi_directories_;
  std::string name_;                    // of the command
  const Command* command_ = nullptr;    // null if no command has this name
  const Flag* awaits_value_ = nullptr;  // the flag whose value is the next word
  int operands_ = 0;
  std::string first_operand_;
  bool flags_ended_ = false;
  bool many_ = false;  // Command::many_with was given
};

// Errors are not shown while a user is typing. If containers cannot be listed, none are offered.
std::vector<std::string> ContainersBelow(const std::string& root) {
  std::vector<std::string> words;
  if (!root.empty()) words = {"--root", ExpandHome(root)};
  const StatusOr<Arguments> globals = Parse(GlobalFlags(), Order::kBeforeWords, words);
  if (!globals.ok()) return {};
  const StatusOr<lifecycle::Runtime> runtime = RuntimeOf(*globals, ThisCaller());
  if (!runtime.ok()) return {};
  return commands::ListNames(*runtime).value_or(std::vector<std::string>());
}

}  // namespace

std::string CompletionWords(CommandTable commands, std::span<const std::string> line,
                            ListContainers containers) {
  if (line.empty()) return "";
  Reader reader(commands, containers);
  for (const std::string& word : line.first(line.size() - 1)) reader.Read(word);
  return reader.Offer(line.back());
}

std::string CompletionWords(CommandTable commands, std::span<const std::string> line) {
  return CompletionWords(commands, line, ContainersBelow);
}

}  // namespace tare::line
