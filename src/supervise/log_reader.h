// Reads what a LogWriter has written, from the oldest file on, and goes on while it is written.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "supervise/cri.h"

namespace tare::supervise {

class LogReader {
 public:
  // NotFound: there is no such log.
  static StatusOr<LogReader> Open(std::string path, int max_files);

  // Calls `take` for every record that was written since the last call, over rotations; what was rotated away
  // meanwhile is skipped.
  using Take = absl::FunctionRef<Status(const Record&)>;
  Status Read(Take take);

 private:
  LogReader(std::string path, int max_files, kernel::Fd file)
      : path_(std::move(path)), max_files_(max_files), file_(std::move(file)) {}
  Status ReadToEnd(Take take);
  Status TakeLines(Take take);
  kernel::Fd Newer() const;
  int AgeOfOurs() const;

  std::string path_;
  int max_files_;
  kernel::Fd file_;
  std::string begun_;  // a record whose end was not read yet
};

}  // namespace tare::supervise
