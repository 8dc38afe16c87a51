// Starts one hook program, with posix_spawn(3).
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/run.h"
#include "kernel/arguments.h"
#include "spec/config.h"

namespace tare::hooks {

// The program runs in a process group of its own, in the directory and with the environment that Surroundings
// describes. It has `stdio` as its descriptors 0 to 2 and no others; no signal is blocked or ignored. An exec
// that fails is an error here ("exec: no such file or directory"). `stdio` stays the caller's, and must not
// be 0, 1 or 2.
StatusOr<pid_t> SpawnHook(const spec::Hook& hook, const std::array<int, 3>& stdio,
                          const Surroundings& surroundings);

// What execve(2) of a hook is given. Uses the strings of `hook` and of `surroundings`.
class ExecArguments {
 public:
  ExecArguments(const spec::Hook& hook, const Surroundings& surroundings)
      : words_(hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args),
        args_(kernel::Pointers(words_)) {
    const std::vector<std::string>* env = hook.env ? &*hook.env : surroundings.env;
    if (env != nullptr) env_ = kernel::Pointers(*env);
  }
  ExecArguments(const ExecArguments&) = delete;
  ExecArguments& operator=(const ExecArguments&) = delete;

  char* const* args() const { return args_.data(); }
  char* const* env() const { return env_.empty() ? environ : env_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> args_;
  std::vector<char*> env_;  // ends with a null pointer; empty: the caller's own environment
};

}  // namespace tare::hooks
