// Writes the output of a container to files of limited size: PATH, and the older PATH.1, PATH.2 and so on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "session/cri.h"
#include "session/log_starts.h"

namespace tare::session {

struct LogPlace {
  std::string path;             // absolute
  uint64_t max_size = 4 << 20;  // of one file, in bytes
  int max_files = 2;            // including the newest
  std::string starts = {};      // path of its LogStarts; empty: none are kept
};

// The path of file number `age`; 0 is the newest.
std::string LogFile(const std::string& path, int age);

struct Rename {
  std::string from;
  std::string to;
};
// The renames that make place for a new file, in order. The oldest file is replaced.
std::vector<Rename> RotationPlan(const LogPlace& place);

class LogWriter {
 public:
  // Appends to existing files.
  static StatusOr<LogWriter> Open(LogPlace place);

  // Nothing here fails, because a log must never stop its container. Output that cannot be written (a full
  // disk) is counted, and the number is logged when writing is possible again.
  void Add(Stream stream, absl::string_view bytes);
  // A message of the supervisor, on standard error.
  void Say(absl::string_view text);
  // The container has ended: a last line without a newline is written.
  void End();

  uint64_t lost_bytes() const { return lost_bytes_; }

 private:
  LogWriter(LogPlace place, LogStarts starts, kernel::Fd file, uint64_t size)
      : place_(std::move(place)), starts_(std::move(starts)), file_(std::move(file)), size_(size) {}

  void Put(Stream stream, absl::string_view text, Ending ending);
  void Flush();
  void Rotate();
  bool Write(absl::string_view records);
  bool SayWhatIsLost();

  LogPlace place_;
  LogStarts starts_;
  kernel::Fd file_;
  int64_t start_ = 0;  // offset of the file in all that was written
  uint64_t size_ = 0;
  std::array<Lines, 2> lines_;  // by Stream
  std::string now_;             // timestamp of the records being added
  std::string pending_;         // complete records, not written yet
  uint64_t pending_text_ = 0;   // bytes of the container in pending_
  uint64_t lost_bytes_ = 0;     // not reported in the log yet
  int error_ = 0;               // why they are lost
};

}  // namespace tare::session
