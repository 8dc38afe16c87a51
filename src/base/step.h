// A step of a command, which --debug logs with the time that it took.
//
//   TARE_STEP("mount ", index, ": bind ", source, " on ", destination);
//
// The step lasts until the end of the block. Its words are put together only then, so they may name what the
// step found out, in variables that are declared before it, but not what the function returns, which has been
// moved from by then. Without --debug, a step is two comparisons: no system call, no text, no allocation.
//
// A process that has installed a seccomp filter, or may have, takes no steps, because the filter may forbid
// the system calls that write the log. The values of environment variables are never logged.
#pragma once

#include <cerrno>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/log.h"

namespace tare::log {

int64_t MonotonicMicroseconds();

// Writes a line of level debug: "WHAT; 41 us", or in the JSON format with the field "us".
void WriteStep(absl::string_view what, int64_t microseconds);

template <typename Words>
class Step {
 public:
  explicit Step(const Words& words) : words_(words) {
    if (Enabled(Level::kDebug)) [[unlikely]]
      begin_ = MonotonicMicroseconds();
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() {
    if (begin_ >= 0) [[unlikely]]
      End();
  }

 private:
  // Out of the way of what commands execute without --debug. The caller may be about to look at errno.
  [[gnu::cold, gnu::noinline]] void End() const {
    const int error = errno;
    const int64_t end = MonotonicMicroseconds();
    WriteStep(words_(), end - begin_);
    errno = error;
  }

  const Words words_;
  int64_t begin_ = -1;
};

}  // namespace tare::log

#define TARE_STEP(...) \
  const ::tare::log::Step TARE_CONCAT(tare_step_, __LINE__)([&] { return ::absl::StrCat(__VA_ARGS__); })
