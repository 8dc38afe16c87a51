#include "checkpoint/streams.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"

namespace tare::checkpoint {
namespace {

StatusOr<std::string> FifoName(int process, int fd, ino_t inode) {
  TARE_ASSIGN_OR_RETURN(const std::string info, kernel::ReadFileAt(process, absl::StrCat("fdinfo/", fd)));
  for (absl::string_view line : absl::StrSplit(info, '\n')) {
    uint64_t mount = 0;
    if (absl::ConsumePrefix(&line, "mnt_id:") && absl::SimpleAtoi(line, &mount))
      return absl::StrCat("file[", absl::Hex(mount), ":", absl::Hex(inode), "]");
  }
  return absl::NotFoundError("no mnt_id in fdinfo");
}

StatusOr<std::string> StreamOf(int process, int fd) {
  const std::string link = absl::StrCat("fd/", fd);
  struct stat file {};
  StatusOr<std::string> path = kernel::ReadLinkAt(process, link);
  if (!path.ok()) return ErrnoOf(path.status()) == ENOENT ? StatusOr<std::string>("") : path;
  const bool named = absl::StartsWith(*path, "/") && fstatat(process, link.c_str(), &file, 0) == 0;
  return named && S_ISFIFO(file.st_mode) ? FifoName(process, fd, file.st_ino) : path;
}

}  // namespace

StatusOr<std::vector<std::string>> StreamsOf(pid_t init) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd process,
                        kernel::Open(absl::StrCat("/proc/", init), O_PATH | O_DIRECTORY));
  std::vector<std::string> streams;
  for (int fd : {0, 1, 2}) {
    TARE_ASSIGN_OR_RETURN(streams.emplace_back(), StreamOf(process.get(), fd));
  }
  return streams;
}

bool IsFifo(const std::string& stream) {
  return absl::StartsWith(stream, "file[");
}

bool IsPipe(const std::string& stream) {
  return absl::StrContains(stream, "pipe:") || IsFifo(stream);
}

}  // namespace tare::checkpoint
