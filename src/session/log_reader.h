// Reads what a LogWriter has written, from the oldest file on, and goes on while it is written. Everything
// that still exists is read, whatever is rotated meanwhile; what is gone is reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "session/cri.h"
#include "session/log_starts.h"

namespace tare::session {

// Of the log, between what was read and what comes next.
struct Gap {
  std::optional<int64_t> bytes;  // nothing: it is not known how many
  bool at_least = false;         // there may have been more of them
};

class LogReader {
 public:
  // `starts` is that of the LogPlace. NotFound: the log does not exist.
  static StatusOr<LogReader> Open(std::string path, int max_files, const std::string& starts);

  // Calls `take` for every record that was written since the last call, over rotations, and `miss` where
  // files were removed before they could be read.
  using Take = absl::FunctionRef<Status(const Record&)>;
  using Miss = absl::FunctionRef<Status(const Gap&)>;
  Status Read(Take take, Miss miss);

  // What was not read yet, and is gone together with the log.
  std::optional<Gap> GoneWithLog() const;

  // The file that is read, the newest after Read(); and how many there were before it.
  int descriptor() const { return file_.get(); }
  int64_t files() const { return files_; }

 private:
  struct Next;
  LogReader(std::string path, int max_files, LogStarts starts)
      : path_(std::move(path)), max_files_(max_files), starts_(std::move(starts)) {}
  Status ReadToEnd(Take take);
  Status TakeLines(Take take);
  Next Look() const;
  Next FindNext() const;
  std::optional<Gap> GapBefore(const Next& next) const;
  std::optional<int64_t> Position() const;
  void GoOnWith(Next next);

  std::string path_;
  int max_files_;
  LogStarts starts_;
  kernel::Fd file_;
  std::optional<int64_t> start_;  // of the file, in all that was written
  int64_t files_ = 0;
  std::string begun_;  // a record whose end was not read yet
};

}  // namespace tare::session
