// The program to run: found as execvp(3) finds it, run, and its failure explained.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace tare::process {

// The path that will be exec'ed for args[0] in the environment `env`. The texts are Go's os/exec, which
// engines turn into exit codes 127 ("executable file not found in $PATH", "no such file or directory") and
// 126 ("permission denied").
StatusOr<std::string> FindProgram(const std::string& name, const std::vector<std::string>& env);

// `env` without repeated names (the last counts), and with HOME from the container's /etc/passwd if it has
// none or an empty one.
std::vector<std::string> CompleteEnvironment(const std::vector<std::string>& env, uid_t uid);

// What execve(2) takes, ready before a seccomp filter is in force. Points into `args` and `env`.
struct Invocation {
  std::string path;
  std::vector<char*> args;
  std::vector<char*> env;
  std::optional<std::string> explanation;  // of ENOENT; absent: to be found when it is needed
};

Invocation MakeInvocation(const std::string& path, const std::vector<std::string>& args,
                          const std::vector<std::string>& env);

// Looks into the file beforehand: for a process that may not open(2) afterwards.
void ExplainAhead(Invocation& invocation);

// execve(2); returns only with the error. A file that is there but cannot be run is looked into: a missing
// interpreter or dynamic loader is named. For people the error is a line of its own, as under runc, and what
// is missing another (base/lines.h).
Status Execute(const Invocation& invocation);

}  // namespace tare::process
