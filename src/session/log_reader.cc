#include "session/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "kernel/file.h"
#include "session/log_writer.h"

namespace tare::session {
namespace {

constexpr size_t kBlock = 64 * 1024;

// Identifies a file as long as it is open.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> IdentityOf(const std::string& path) {
  struct stat st {};
  if (lstat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  return Identity{.device = st.st_dev, .inode = st.st_ino};
}

std::optional<Identity> IdentityOf(const kernel::Fd& file) {
  struct stat st {};
  if (!file || fstat(file.get(), &st) != 0) return std::nullopt;
  return Identity{.device = st.st_dev, .inode = st.st_ino};
}

}  // namespace

// The file after ours; the oldest if we have none, or if ours is gone.
struct LogReader::Next {
  int ours = -1;  // the number of our file
  int age = -1;   // of the next file; -1: there is none
  Identity identity;
  kernel::Fd file;

  bool SamePlaces(const Next& other) const {
    return ours == other.ours && age == other.age && identity == other.identity;
  }
};

StatusOr<LogReader> LogReader::Open(std::string path, int max_files, const std::string& starts) {
  LogReader reader(std::move(path), max_files, LogStarts::Open(starts));
  Next oldest = reader.FindNext();
  if (!oldest.file) return absl::NotFoundError(absl::StrCat("no log found at ", reader.path_));
  reader.GoOnWith(std::move(oldest));
  return reader;
}

Status LogReader::Read(Take take, Miss miss) {
  for (;;) {
    TARE_RETURN_IF_ERROR(ReadToEnd(take));
    Next next = FindNext();
    if (!next.file) return absl::OkStatus();
    // Our file was complete when it was renamed, but perhaps not yet when we read it.
    TARE_RETURN_IF_ERROR(ReadToEnd(take));
    if (const std::optional<Gap> gap = GapBefore(next)) TARE_RETURN_IF_ERROR(miss(*gap));
    GoOnWith(std::move(next));
  }
}

Status LogReader::ReadToEnd(Take take) {
  std::vector<char> bytes(kBlock);
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
    // A line that is not a record was not written by a LogWriter.
    if (const std::optional<Record> record = ParseRecord(rest.substr(0, end)))
      TARE_RETURN_IF_ERROR(take(*record));
    rest.remove_prefix(end + 1);
  }
  if (rest.size() > kMostRecord) rest = "";
  begun_ = std::string(rest);
  return absl::OkStatus();
}

// The number of a file only grows, and we look in that order. So a file that is not found is gone.
LogReader::Next LogReader::Look() const {
  Next next;
  const std::optional<Identity> ours = IdentityOf(file_);
  for (int age = 0; age < max_files_; ++age) {
    const std::optional<Identity> here = IdentityOf(LogFile(path_, age));
    if (ours && here == ours) {
      next.ours = age;
      return next;
    }
    if (!here) continue;
    next.age = age;
    next.identity = *here;
  }
  return next;
}

// Files are renamed meanwhile. Only what is the same before and after the file was opened can be relied on.
LogReader::Next LogReader::FindNext() const {
  for (;;) {
    Next next = Look();
    if (next.age < 0) return next;
    StatusOr<kernel::Fd> file =
        kernel::Open(LogFile(path_, next.age), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!file.ok() && ErrnoOf(file.status()) != ENOENT) return {};
    if (!file.ok() || IdentityOf(*file) != next.identity || !Look().SamePlaces(next)) continue;
    next.file = *std::move(file);
    return next;
  }
}

std::optional<int64_t> LogReader::Position() const {
  const off_t within = lseek(file_.get(), 0, SEEK_CUR);
  if (!start_ || within < 0) return std::nullopt;
  return *start_ + within;
}

std::optional<Gap> LogReader::GapBefore(const Next& next) const {
  const std::optional<int64_t> ours = Position();
  const std::optional<int64_t> theirs = starts_.Of(next.identity.inode);
  if (ours && theirs) return *theirs > *ours ? std::optional(Gap{.bytes = *theirs - *ours}) : std::nullopt;
  return next.ours == next.age + 1 ? std::nullopt : std::optional(Gap{});
}

std::optional<Gap> LogReader::GoneWithLog() const {
  const std::optional<int64_t> ours = Position();
  const std::optional<int64_t> last = starts_.Last();
  if (!ours || !last || *last < *ours || *last == *start_) return std::nullopt;
  return Gap{.bytes = *last - *ours, .at_least = true};
}

void LogReader::GoOnWith(Next next) {
  file_ = std::move(next.file);
  start_ = starts_.Of(next.identity.inode);
  begun_.clear();
  ++files_;
}

}  // namespace tare::session
