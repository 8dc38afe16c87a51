// The log format of Kubernetes' Container Runtime Interface, one line for each record:
//
//   2016-10-06T00:17:09.669794202Z stdout F text
//
// F is the end of a line. P is a part of a line that goes on in the next record, or that never ended.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace tare::session {

inline constexpr size_t kMostText = 16 * 1024;  // of one record; longer lines are split
inline constexpr size_t kMostRecord = kMostText + 64;

enum class Stream { kStdout, kStderr };
enum class Ending { kNewline, kNone };

struct Record {
  absl::string_view time;  // RFC 3339, nanoseconds, UTC: sorts as text
  Stream stream = Stream::kStdout;
  Ending ending = Ending::kNewline;
  absl::string_view text;
};

// Appends the record and a newline.
void AppendRecord(std::string& log, const Record& record);

// `line` has no newline. Nothing if it is not a record.
std::optional<Record> ParseRecord(absl::string_view line);

// Splits what a program writes into the texts of records. Keeps back at most kMostText bytes.
class Lines {
 public:
  using Take = absl::FunctionRef<void(absl::string_view text, Ending ending)>;
  void Add(absl::string_view bytes, Take take);
  // The end of the output. The last line may have no newline.
  void End(Take take);

 private:
  void Keep(absl::string_view bytes, Take take);

  std::string begun_;  // of a line that has not ended
};

}  // namespace tare::session
