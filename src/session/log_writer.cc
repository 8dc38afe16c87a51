#include "session/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "container/store.h"
#include "kernel/file.h"

namespace tare::session {
namespace {

constexpr size_t kPendingMost = 32 * 1024;

StatusOr<kernel::Fd> OpenLog(const std::string& path) {
  return kernel::Open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
}

}  // namespace

std::string LogFile(const std::string& path, int age) {
  return age == 0 ? path : absl::StrCat(path, ".", age);
}

std::vector<Rename> RotationPlan(const LogPlace& place) {
  std::vector<Rename> plan;
  for (int age = place.max_files - 1; age > 0; --age)
    plan.push_back({.from = LogFile(place.path, age - 1), .to = LogFile(place.path, age)});
  return plan;
}

StatusOr<LogWriter> LogWriter::Open(LogPlace place) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd file, OpenLog(place.path));
  TARE_ASSIGN_OR_RETURN(const struct stat st, kernel::Stat(file.get()));
  if (!S_ISREG(st.st_mode)) return InvalidError(place.path, ": not a regular file");
  LogStarts starts;
  if (!place.starts.empty()) {
    TARE_ASSIGN_OR_RETURN(starts, LogStarts::Make(place.starts, place.max_files));
  }
  starts.Note(st.st_ino, 0);
  return LogWriter(std::move(place), std::move(starts), std::move(file), static_cast<uint64_t>(st.st_size));
}

void LogWriter::Add(Stream stream, absl::string_view bytes) {
  now_ = container::Timestamp();
  lines_[static_cast<size_t>(stream)].Add(
      bytes, [&](absl::string_view text, Ending ending) { Put(stream, text, ending); });
  Flush();
}

void LogWriter::Say(absl::string_view text) {
  now_ = container::Timestamp();
  AppendRecord(pending_, {.time = now_, .stream = Stream::kStderr, .text = absl::StrCat("tare: ", text)});
  Flush();
}

void LogWriter::End() {
  now_ = container::Timestamp();
  for (Stream stream : {Stream::kStdout, Stream::kStderr})
    lines_[static_cast<size_t>(stream)].End(
        [&](absl::string_view text, Ending ending) { Put(stream, text, ending); });
  Flush();
  if (lost_bytes_ > 0) (void)SayWhatIsLost();
}

void LogWriter::Put(Stream stream, absl::string_view text, Ending ending) {
  if (pending_.size() + text.size() > kPendingMost) Flush();
  AppendRecord(pending_, {.time = now_, .stream = stream, .ending = ending, .text = text});
  pending_text_ += text.size() + (ending == Ending::kNewline ? 1 : 0);
}

void LogWriter::Flush() {
  if (pending_.empty()) return;
  if (size_ > 0 && size_ + pending_.size() > place_.max_size) Rotate();
  const bool written = (lost_bytes_ == 0 || SayWhatIsLost()) && Write(pending_);
  if (!written) lost_bytes_ += pending_text_;
  pending_.clear();
  pending_text_ = 0;
}

bool LogWriter::SayWhatIsLost() {
  const std::string text =
      absl::StrCat("tare: ", lost_bytes_, " bytes of output are not in this log: ", ErrnoText(error_));
  std::string record;
  AppendRecord(record, {.time = now_, .stream = Stream::kStderr, .text = text});
  if (!Write(record)) return false;
  lost_bytes_ = 0;
  return true;
}

// The file gets whole records or nothing.
bool LogWriter::Write(absl::string_view records) {
  size_t done = 0;
  while (done < records.size()) {
    const ssize_t written = write(file_.get(), records.data() + done, records.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error_ = written < 0 ? errno : ENOSPC;
      break;
    }
    done += static_cast<size_t>(written);
  }
  const bool whole = done == records.size();
  if (!whole && done > 0 && ftruncate(file_.get(), static_cast<off_t>(size_)) == 0) done = 0;
  size_ += done;
  return whole;
}

// The new file is created first: if that fails, the old one is used on. A reader finds the next file by its
// number, and by what LogStarts has of it. A file is complete when it is renamed.
void LogWriter::Rotate() {
  const std::string fresh = absl::StrCat(place_.path, ".new");
  StatusOr<kernel::Fd> file = OpenLog(fresh);
  if (!file.ok()) return;
  const StatusOr<struct stat> st = kernel::Stat(file->get());
  if (!st.ok()) return;
  starts_.Note(st->st_ino, start_ + static_cast<int64_t>(size_));
  for (const Rename& step : RotationPlan(place_)) (void)rename(step.from.c_str(), step.to.c_str());
  if (rename(fresh.c_str(), place_.path.c_str()) != 0) return;
  file_ = *std::move(file);
  start_ += static_cast<int64_t>(size_);
  size_ = 0;
}

}  // namespace tare::session
