#include "supervise/log_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "kernel/file.h"
#include "supervise/log_writer.h"

namespace tare::supervise {
namespace {

constexpr size_t kChunk = 64 * 1024;

kernel::Fd OpenFile(const std::string& path, int age) {
  StatusOr<kernel::Fd> file = kernel::Open(LogFile(path, age), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  return file.ok() ? *std::move(file) : kernel::Fd();
}

kernel::Fd OpenOldest(const std::string& path, int max_files) {
  for (int age = max_files - 1; age >= 0; --age)
    if (kernel::Fd file = OpenFile(path, age)) return file;
  return kernel::Fd();
}

bool SameFile(const kernel::Fd& one, const kernel::Fd& other) {
  const StatusOr<struct stat> a = kernel::Stat(one.get());
  const StatusOr<struct stat> b = kernel::Stat(other.get());
  return a.ok() && b.ok() && a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

}  // namespace

StatusOr<LogReader> LogReader::Open(std::string path, int max_files) {
  kernel::Fd oldest = OpenOldest(path, max_files);
  if (!oldest) return absl::NotFoundError(absl::StrCat("there is no log at ", path));
  return LogReader(std::move(path), max_files, std::move(oldest));
}

Status LogReader::Read(Take take) {
  for (;;) {
    TARE_RETURN_IF_ERROR(ReadToEnd(take));
    kernel::Fd newer = Newer();
    if (!newer) return absl::OkStatus();
    // Ours was complete when it moved, but perhaps not yet when we read it.
    TARE_RETURN_IF_ERROR(ReadToEnd(take));
    begun_.clear();
    file_ = std::move(newer);
  }
}

Status LogReader::ReadToEnd(Take take) {
  std::vector<char> bytes(kChunk);
  for (;;) {
    const ssize_t got = read(file_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, absl::StrCat("read(", path_, ")"));
    if (got == 0) return absl::OkStatus();
    begun_.append(bytes.data(), static_cast<size_t>(got));
    TARE_RETURN_IF_ERROR(TakeLines(take));
  }
}

Status LogReader::TakeLines(Take take) {
  absl::string_view rest = begun_;
  for (size_t end = rest.find('\n'); end != absl::string_view::npos; end = rest.find('\n')) {
    // What is no record was not written by us.
    if (const std::optional<Record> record = ParseRecord(rest.substr(0, end)))
      TARE_RETURN_IF_ERROR(take(*record));
    rest.remove_prefix(end + 1);
  }
  if (rest.size() > kMostRecord) rest = "";
  begun_ = std::string(rest);
  return absl::OkStatus();
}

// Its place in the row, which grows with every rotation; -1: it was the oldest, and is gone.
int LogReader::AgeOfOurs() const {
  for (int age = 0; age < max_files_; ++age) {
    const kernel::Fd file = OpenFile(path_, age);
    if (file && SameFile(file, file_)) return age;
  }
  return -1;
}

kernel::Fd LogReader::Newer() const {
  for (;;) {
    const int age = AgeOfOurs();
    if (age == 0) return kernel::Fd();
    kernel::Fd newer = age < 0 ? OpenOldest(path_, max_files_) : OpenFile(path_, age - 1);
    if (!newer || !SameFile(newer, file_)) return newer;  // else it has moved between the two looks
  }
}

}  // namespace tare::supervise
