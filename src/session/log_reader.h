// Reads a log from its oldest file on, also while a LogWriter writes and rotates it. Everything that still
// exists is read, and what is gone is reported.
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

// A part of the log that was removed before it could be read.
struct Gap {
  std::optional<int64_t> bytes;  // nothing: their number is unknown
  bool at_least = false;         // there may have been more
};

class LogReader {
 public:
  // `starts`: as in LogPlace. NotFound: the log does not exist.
  static StatusOr<LogReader> Open(std::string path, int max_files, const std::string& starts);

  // Calls `take` for every record that was written since the last call, whatever was rotated, and `miss`
  // where files were removed before they could be read.
  using Take = absl::FunctionRef<Status(const Record&)>;
  using Miss = absl::FunctionRef<Status(const Gap&)>;
  Status Read(Take take, Miss miss);

  // What had not been read when the whole log was removed.
  std::optional<Gap> GoneWithLog() const;

  // The file that is being read (after Read(): the newest), and the number of files before it.
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
  std::optional<int64_t> start_;  // offset of the file in all that was written
  int64_t files_ = 0;
  std::string begun_;  // a record that has not been read to its end
};

}  // namespace tare::session
