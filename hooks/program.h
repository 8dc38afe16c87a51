// One run of a program that is given its input and read to its end: a hook, or a CNI plugin.
#pragma once

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "hooks/run.h"
#include "spec/config.h"

namespace tare::hooks {

// How many of the last bytes of a stream are kept to be quoted in an error.
inline constexpr size_t kQuoted = 4096;

struct Limits {
  absl::Duration time = absl::InfiniteDuration();
  // The most bytes that the program may write to stdout; they are all kept. 0: it may write any number, and
  // the last kQuoted are kept.
  size_t output = 0;
};

enum class Ending { kExited, kTimedOut, kWroteTooMuch };

struct Finished {
  Ending ending = Ending::kExited;
  int wait_status = 0;
  std::string out;  // of stdout; see Limits::output
  std::string err;  // the last kQuoted bytes of stderr

  bool succeeded() const;
};

// Starts the program (`path`, `args` and `env` of `program`) with `input` on stdin and no descriptors but 0
// to 2, and waits for it. If it exceeds a limit, it is killed with its process group. The error is that of a
// program that could not be started ("exec: no such file or directory").
StatusOr<Finished> RunProgram(const spec::Hook& program, const std::string& input,
                              const Surroundings& surroundings, const Limits& limits);

// "exit status 3", "killed by signal 9 (SIGKILL)"
std::string Outcome(int wait_status);

}  // namespace tare::hooks
