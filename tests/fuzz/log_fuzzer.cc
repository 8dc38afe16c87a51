// The log of a supervised container: what a program writes is read back as it was, and no bytes in the file,
// however they come to be there and in which pieces, make the reader say anything but the records among them.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "kernel/file.h"
#include "require.h"
#include "session/cri.h"
#include "session/log_reader.h"

namespace {

using namespace tare;           // NOLINT(google-build-using-namespace)
using namespace tare::session;  // NOLINT(google-build-using-namespace)

constexpr char kTime[] = "2016-10-06T00:17:09.669794202Z";

// As the log of what a program has written in pieces of `piece` bytes.
std::string Logged(absl::string_view written, size_t piece) {
  std::string log;
  Lines lines;
  const auto take = [&log](absl::string_view text, Ending ending) {
    Require(text.size() <= kMostText);
    AppendRecord(log, {.time = kTime, .ending = ending, .text = text});
  };
  for (size_t at = 0; at < written.size(); at += piece) lines.Add(written.substr(at, piece), take);
  lines.End(take);
  return log;
}

std::string WrittenAs(absl::string_view log) {
  std::string written;
  for (const absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    const std::optional<Record> record = ParseRecord(line);
    Require(record.has_value());
    written.append(record->text.data(), record->text.size());
    if (record->ending == Ending::kNewline) written += '\n';
  }
  return written;
}

// The lines of `bytes` that are records, as they stand there.
std::string RecordsOf(absl::string_view bytes) {
  std::string records;
  std::vector<absl::string_view> lines = absl::StrSplit(bytes, '\n');
  lines.pop_back();  // has no newline
  for (const absl::string_view line : lines) {
    const std::optional<Record> record = ParseRecord(line);
    if (!record) continue;
    std::string again;
    AppendRecord(again, *record);
    Require(again == std::string(line) + "\n");
    records += again;
  }
  return records;
}

std::string ReadFrom(LogReader& reader) {
  std::string records;
  const auto take = [&records](const Record& record) {
    AppendRecord(records, record);
    return absl::OkStatus();
  };
  Require(reader.Read(take, [](const Gap&) { return absl::OkStatus(); }).ok());
  return records;
}

// A reader that looks in between sees the same as the lines show.
void Follow(absl::string_view bytes, size_t first) {
  static const std::string path = "/tmp/tare-log-fuzzer." + std::to_string(getpid());
  const kernel::Fd file = kernel::Open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600).value();
  StatusOr<LogReader> reader = LogReader::Open(path, 1, path + ".starts");
  Require(reader.ok());
  unlink(path.c_str());
  std::string records;
  for (const absl::string_view part : {bytes.substr(0, first), bytes.substr(std::min(first, bytes.size()))}) {
    Require(kernel::WriteAll(file.get(), part, path).ok());
    records += ReadFrom(*reader);
  }
  Require(records == RecordsOf(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string log = Logged(bytes, std::max<size_t>(data[0], 1));
  Require(WrittenAs(log) == bytes);
  Follow(bytes, data[0]);
  return 0;
}
