// The program to run: finds it as execvp(3) does, executes it, and explains why that fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace tare::process {

// The path to execute for args[0] in the environment `env`. The error texts are those of Go's os/exec, from
// which engines derive exit codes: 127 ("executable file not found in $PATH", "no such file or directory")
// and 126 ("permission denied").
StatusOr<std::string> FindProgram(const std::string& name, const std::vector<std::string>& env);

// `env` without repeated names (the last one counts). If HOME is missing or empty, it is taken from
// the container's /etc/passwd.
std::vector<std::string> CompleteEnvironment(const std::vector<std::string>& env, uid_t uid);

// The arguments of execve(2), which are prepared before a seccomp filter is in force. Points into
// `args` and `env`.
struct Invocation {
  std::string path;
  std::vector<char*> args;
  std::vector<char*> env;
  std::optional<std::string> explanation;  // of ENOENT; nullopt: it is looked up when it is needed
};

Invocation MakeInvocation(const std::string& path, const std::vector<std::string>& args,
                          const std::vector<std::string>& env);

// Looks up the explanation in advance, for a process that may not call open(2) later.
void ExplainInAdvance(Invocation& invocation);

// execve(2); returns only with the error. If the file exists but cannot be executed, the error names a
// missing interpreter or dynamic loader. On a terminal the error is a line of its own, as under runc, and so
// is the explanation (base/lines.h).
Status Execute(const Invocation& invocation);

}  // namespace tare::process
