#include "session/log_starts.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "absl/strings/str_format.h"
#include "kernel/file.h"

namespace tare::session {
namespace {

constexpr int kLine = 42;  // two numbers of 20 digits, a space and a newline

std::string Line(ino_t file, int64_t start) {
  return absl::StrFormat("%20d %20d\n", file, start);
}

struct LogStart {
  ino_t file = 0;  // 0: the line is unused
  int64_t start = 0;
};

std::vector<LogStart> Parse(const std::string& text) {
  std::vector<LogStart> starts;
  std::istringstream numbers(text);
  for (LogStart start; numbers >> start.file >> start.start;)
    if (start.file != 0) starts.push_back(start);
  return starts;
}

}  // namespace

StatusOr<LogStarts> LogStarts::Make(const std::string& path, int max_files) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd fd, kernel::Open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
  std::string lines;
  for (int i = 0; i <= max_files; ++i) lines += Line(0, 0);
  TARE_RETURN_IF_ERROR(kernel::WriteOnce(fd.get(), lines, path));
  return LogStarts(std::move(fd), max_files + 1);
}

LogStarts LogStarts::Open(const std::string& path) {
  StatusOr<kernel::Fd> fd = kernel::Open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  return fd.ok() ? LogStarts(*std::move(fd), 0) : LogStarts();
}

void LogStarts::Note(ino_t file, int64_t start) {
  if (lines_ == 0) return;
  const std::string line = Line(file, start);
  // If this fails, a reader that misses something reports an unknown number of bytes.
  [[maybe_unused]] const ssize_t written = pwrite(fd_.get(), line.data(), line.size(), next_ * kLine);
  next_ = (next_ + 1) % lines_;
}

std::string LogStarts::Text() const {
  if (!fd_ || lseek(fd_.get(), 0, SEEK_SET) != 0) return "";
  return kernel::ReadAll(fd_.get(), "log starts").value_or("");
}

std::optional<int64_t> LogStarts::Of(ino_t file) const {
  for (const LogStart& start : Parse(Text()))
    if (start.file == file) return start.start;
  return std::nullopt;
}

std::optional<int64_t> LogStarts::Last() const {
  const std::vector<LogStart> starts = Parse(Text());
  if (starts.empty()) return std::nullopt;
  return std::ranges::max_element(starts, {}, &LogStart::start)->start;
}

}  // namespace tare::session
