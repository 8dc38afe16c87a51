// Where each file of a log begins in all that was written to the log, in bytes, by the file's inode number:
// so a reader whom rotations have left behind knows how much it has missed.
//
// A row of lines, used in turn; there is one more than the log has files, so that what is said of a file
// stays until its number may be another file's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::session {

class LogStarts {
 public:
  // Knows nothing, and notes nothing.
  LogStarts() = default;
  // The writer's; all of its room on the disk is taken now.
  static StatusOr<LogStarts> Make(const std::string& path, int max_files);
  // A reader's, also after the file was removed. One that cannot be opened knows nothing.
  static LogStarts Open(const std::string& path);

  void Note(ino_t file, int64_t start);
  std::optional<int64_t> Of(ino_t file) const;
  // Of the newest file.
  std::optional<int64_t> Last() const;

 private:
  explicit LogStarts(kernel::Fd fd, int lines) : fd_(std::move(fd)), lines_(lines) {}
  std::string Text() const;

  kernel::Fd fd_;
  int lines_ = 0;
  int next_ = 0;
};

}  // namespace tare::session
