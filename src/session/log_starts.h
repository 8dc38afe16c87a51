// For each file of a log, by its inode number: the offset in all output, in bytes, at which the file begins.
// With this a reader that is too slow for the rotations knows how much it has missed.
//
// The file has one line more than the log has files, and the lines are used in turn. So a line stays until
// its inode number may belong to another file.
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
  // Contains nothing, and Note() does nothing.
  LogStarts() = default;
  // For the writer. Its space on the disk is allocated now.
  static StatusOr<LogStarts> Make(const std::string& path, int max_files);
  // For a reader, which can read it even after it was removed. Contains nothing if it cannot be opened.
  static LogStarts Open(const std::string& path);

  void Note(ino_t file, int64_t start);
  std::optional<int64_t> Of(ino_t file) const;
  // The offset of the newest file.
  std::optional<int64_t> Last() const;

 private:
  explicit LogStarts(kernel::Fd fd, int lines) : fd_(std::move(fd)), lines_(lines) {}
  std::string Text() const;

  kernel::Fd fd_;
  int lines_ = 0;
  int next_ = 0;
};

}  // namespace tare::session
