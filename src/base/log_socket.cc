#include "base/log_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/printable.h"

namespace tare::log {
namespace {

constexpr size_t kLongestInJournal = 64 * 1024;  // a datagram may have about 200 KiB (net.core.wmem_default)
constexpr size_t kLongestInSyslog = 8 * 1024;    // rsyslog's maxMessageSize

// "NAME=value", or if the value has several lines, the name alone and the value with its length before it.
void AppendField(std::string& fields, absl::string_view name, absl::string_view value) {
  if (value.find('\n') == absl::string_view::npos) {
    absl::StrAppend(&fields, name, "=", value, "\n");
    return;
  }
  absl::StrAppend(&fields, name, "\n");
  for (int shift = 0; shift < 64; shift += 8)
    fields += static_cast<char>(uint64_t{value.size()} >> shift & 0xff);
  absl::StrAppend(&fields, value, "\n");
}

}  // namespace

StatusOr<int> ConnectLog(const char* path) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return ErrnoError(errno, "socket");
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int error = errno;
  close(fd);
  return ErrnoError(error, absl::StrCat("connect(", path, ")"));
}

std::string JournalDatagram(const LogEntry& entry) {
  std::string fields;
  AppendField(fields, "PRIORITY", absl::StrCat(entry.priority));
  AppendField(fields, "SYSLOG_IDENTIFIER", entry.name);
  AppendField(fields, "MESSAGE", entry.message.substr(0, kLongestInJournal));
  return fields;
}

// Some daemons take each line for a message, with which an image could forge one.
std::string SyslogDatagram(const LogEntry& entry, int pid) {
  return absl::StrCat(
      "<", LOG_USER | entry.priority, ">", Printable(entry.name), "[", pid,
      "]: ", absl::StrReplaceAll(Printable(entry.message.substr(0, kLongestInSyslog)), {{"\n", "\\n"}}));
}

}  // namespace tare::log
