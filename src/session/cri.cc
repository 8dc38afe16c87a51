#include "session/cri.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/utc.h"

namespace tare::session {
namespace {

constexpr size_t kTimeLength = 30;

absl::string_view StreamName(Stream stream) {
  return stream == Stream::kStdout ? " stdout " : " stderr ";
}

bool LooksLikeTime(absl::string_view text) {
  return text.size() == kTimeLength && text[4] == '-' && text[10] == 'T' && text[19] == '.' &&
         text.back() == 'Z';
}

}  // namespace

void AppendRecord(std::string& log, const Record& record) {
  log.append(record.time.data(), record.time.size());
  const absl::string_view stream = StreamName(record.stream);
  log.append(stream.data(), stream.size());
  log.append(record.ending == Ending::kNewline ? "F " : "P ");
  log.append(record.text.data(), record.text.size());
  log += '\n';
}

std::optional<Record> ParseRecord(absl::string_view line) {
  Record record{.time = line.substr(0, kTimeLength)};
  if (!LooksLikeTime(record.time)) return std::nullopt;
  line.remove_prefix(kTimeLength);
  if (absl::ConsumePrefix(&line, StreamName(Stream::kStderr))) {
    record.stream = Stream::kStderr;
  } else if (!absl::ConsumePrefix(&line, StreamName(Stream::kStdout))) {
    return std::nullopt;
  }
  if (absl::ConsumePrefix(&line, "P ")) {
    record.ending = Ending::kNone;
  } else if (!absl::ConsumePrefix(&line, "F ")) {
    return std::nullopt;
  }
  record.text = line;
  return record;
}

void Lines::Add(absl::string_view bytes, Take take) {
  for (;;) {
    const size_t newline = bytes.find('\n');
    if (newline == absl::string_view::npos) return Keep(bytes, take);
    Keep(bytes.substr(0, newline), take);
    take(begun_, Ending::kNewline);
    begun_.clear();
    bytes.remove_prefix(newline + 1);
  }
}

void Lines::Keep(absl::string_view bytes, Take take) {
  while (begun_.size() + bytes.size() > kMostText) {
    const size_t room = kMostText - begun_.size();
    begun_.append(bytes.data(), room);
    take(begun_, Ending::kNone);
    begun_.clear();
    bytes.remove_prefix(room);
  }
  begun_.append(bytes.data(), bytes.size());
}

void Lines::End(Take take) {
  if (!begun_.empty()) take(begun_, Ending::kNone);
  begun_.clear();
}

}  // namespace tare::session
