// The program to run: finds it as execvp(3) does, and explains why it cannot be executed.
#pragma once

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

// What is missing although the file at `path` exists: the interpreter of a script, or a dynamic loader. Or
// "".
std::string WhatIsMissing(const std::string& path);

// The error of execve(2). `what_is_missing` explains ENOENT. On a terminal the error is a line of its own, as
// under runc, and so is the explanation (base/lines.h).
Status ExecutionError(int error, const std::string& path, absl::string_view what_is_missing);

}  // namespace tare::process
