// `unit`: the text of a systemd service that runs a container. Makes no system calls.
//
// The service's main process is `tare run` in the foreground: the container's output goes to the journal,
// systemd sees its exit status and restarts it, and the signal that stops the service is forwarded to it. The
// cgroup is delegated, and the container's is in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::commands {

enum class Manager { kSystem, kUser };
enum class Notifier { kContainer, kTare };  // who sends READY=1

struct UnitOptions {
  std::string id;
  std::vector<std::string> tare;     // how this tare is called, with its global flags
  std::string bundle;                // absolute
  std::vector<std::string> flags;    // of `run`
  std::vector<std::string> program;  // in place of the config's; empty: none
  std::string directory;             // in which relative paths among the flags begin, or ""
  std::string restart = "no";        // as --restart has it: "no", "on-failure", "on-failure:N", "always"
  int stop_signal = 15;
  int64_t stop_timeout = 10;  // seconds
  bool has_terminal = false;  // the config gives the program one, which a service does not have
  Manager manager = Manager::kSystem;
  Notifier notifier = Notifier::kTare;
};

// InvalidArgument: `directory` cannot be written in a unit, because it has control characters, or a backslash
// or space at its end.
StatusOr<std::string> UnitText(const UnitOptions& options);

// A word of ExecStart=, quoted and escaped as systemd.service(5), "Command lines", and systemd.unit(5),
// "Specifiers", want it.
std::string EscapedWord(absl::string_view word);

}  // namespace tare::commands
