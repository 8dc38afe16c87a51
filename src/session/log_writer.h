// What a container writes, kept in files of limited size: PATH, and the older PATH.1, PATH.2 and so on.
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
  int max_files = 2;            // with the one that is written to
  std::string starts = {};      // where its LogStarts are kept; empty: nowhere
};

// The file that is number `age`, 0 being the newest.
std::string LogFile(const std::string& path, int age);

struct Rename {
  std::string from;
  std::string to;
};
// What makes room for a new file, in order. The oldest is replaced.
std::vector<Rename> RotationPlan(const LogPlace& place);

class LogWriter {
 public:
  // Appends to what there is.
  static StatusOr<LogWriter> Open(LogPlace place);

  // Nothing here fails, because a log must never stop its container. Output that cannot be written (a full
  // disk) is counted, and the log says so when there is room again.
  void Add(Stream stream, absl::string_view bytes);
  // A line of our own, on the stream of errors.
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
  int64_t start_ = 0;  // of the file, in all that was written
  uint64_t size_ = 0;
  std::array<Lines, 2> lines_;  // by Stream
  std::string now_;             // of the records being made
  std::string pending_;         // whole records
  uint64_t pending_text_ = 0;   // bytes of the container among them
  uint64_t lost_bytes_ = 0;     // since the log last said so
  int error_ = 0;               // why
};

}  // namespace tare::session
