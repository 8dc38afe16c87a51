#include "commands/unit.h"

#include <string.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace tare::commands {
namespace {

using Words = std::vector<std::string>;

constexpr absl::string_view kPlain = "@/.,:=+-_";

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != absl::string_view::npos;
}

Words Joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string CommandLine(const Words& words) {
  Words escaped;
  for (const std::string& word : words) escaped.push_back(EscapedWord(word));
  return absl::StrJoin(escaped, " ");
}

// A value that is not split into words: only specifiers have a meaning in it.
std::string Value(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"%", "%%"}});
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? absl::StrCat(signal) : absl::StrCat("SIG", name);
}

// An extended regular expression for the ID alone.
std::string Pattern(const std::string& id) {
  return absl::StrCat("^", absl::StrReplaceAll(id, {{".", "[.]"}, {"+", "[+]"}}), "$");
}

// `delete` without --force leaves a container alone that runs, and may be somebody else's. With --regex, it
// is not an error if there is none.
Words DeleteWords(const UnitOptions& options) {
  return Joined(options.tare, {"delete", "--regex", Pattern(options.id)});
}

Words RunWords(const UnitOptions& options) {
  Words words = Joined(options.tare, {"run", "--cgroups=split"});
  words.emplace_back(options.notifier == Notifier::kTare ? "--sdnotify=conmon" : "--sdnotify=container");
  words.push_back("--bundle=" + options.bundle);
  words = Joined(std::move(words), options.flags);
  if (options.has_terminal) words.emplace_back("--tty=false");
  words.push_back(options.id);
  if (options.program.empty()) return words;
  words.emplace_back("--");
  return Joined(std::move(words), options.program);
}

struct RestartLines {
  std::string policy;  // of Restart=
  std::string limit;   // of [Unit]
};

// By default systemd gives up after five starts in ten seconds; our policies do not.
RestartLines RestartOf(absl::string_view policy) {
  if (int restarts = 0; absl::ConsumePrefix(&policy, "on-failure:") && absl::SimpleAtoi(policy, &restarts))
    return {.policy = "on-failure",
            .limit = absl::StrCat("StartLimitIntervalSec=infinity\nStartLimitBurst=", restarts + 1, "\n")};
  const std::string limit = policy == "no" ? "" : "StartLimitIntervalSec=0\n";
  return {.policy = std::string(policy), .limit = limit};
}

// As it is written between double quotes.
std::string Escaped(char c) {
  switch (c) {
    case '\\':
    case '"':
      return {'\\', c};
    case '%':
    case '$':
      return {c, c};
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    default:
      return absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? absl::StrFormat("\\x%02x", c)
                                                                : std::string(1, c);
  }
}

// The path of the working directory is not unquoted, so a line feed would end it, a backslash at its end
// would join the next line, and a space there would be removed.
Status CheckDirectory(absl::string_view path) {
  const auto is_control = [](unsigned char c) { return absl::ascii_iscntrl(c); };
  if (std::ranges::none_of(path, is_control) && !absl::EndsWith(path, "\\") && !absl::EndsWith(path, " "))
    return absl::OkStatus();
  return InvalidError("the directory \"", absl::CHexEscape(path), "\" cannot be written in a systemd unit");
}

}  // namespace

std::string EscapedWord(absl::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, IsPlain)) return std::string(word);
  std::string quoted = "\"";
  for (const char c : word) quoted += Escaped(c);
  return quoted + "\"";
}

StatusOr<std::string> UnitText(const UnitOptions& options) {
  TARE_RETURN_IF_ERROR(CheckDirectory(options.directory));
  const RestartLines restart = RestartOf(options.restart);
  const bool user = options.manager == Manager::kUser;
  // A user's manager does not know the units of the system.
  const absl::string_view network = user ? "" : "Wants=network-online.target\nAfter=network-online.target\n";
  return absl::StrCat(
      "# ", user ? "~/.config/systemd/user/" : "/etc/systemd/system/", options.id,
      ".service, written by tare unit\n", "[Unit]\n", "Description=Container ", options.id, "\n",
      "Documentation=man:tare-unit(8)\n", network, restart.limit, "\n[Service]\n", "Type=notify\n",
      options.directory.empty() ? "" : absl::StrCat("WorkingDirectory=", Value(options.directory), "\n"),
      "ExecStartPre=-", CommandLine(DeleteWords(options)), "\n", "ExecStart=", CommandLine(RunWords(options)),
      "\n", "ExecStopPost=-", CommandLine(DeleteWords(options)), "\n", "Delegate=yes\n", "KillMode=mixed\n",
      "KillSignal=", SignalName(options.stop_signal), "\n", "TimeoutStopSec=", options.stop_timeout, "\n",
      "SuccessExitStatus=", 128 + options.stop_signal, "\n", "Restart=", restart.policy, "\n",
      "\n[Install]\n", "WantedBy=", user ? "default.target" : "multi-user.target", "\n");
}

}  // namespace tare::commands
