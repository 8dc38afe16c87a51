// The log as datagrams of systemd's journal and of syslog (--log journald:NAME, --log syslog:NAME), whose
// daemons date each message.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::log {

inline constexpr char kJournalSocket[] = "/run/systemd/journal/socket";
inline constexpr char kSyslogSocket[] = "/dev/log";

// A close-on-exec datagram socket that is connected to `path`, as a plain descriptor, because the log is
// never closed before the process ends. Several processes may write to it.
StatusOr<int> ConnectLog(const char* path);

// `priority` is one of syslog(3): LOG_ERR, LOG_DEBUG. Of a message that is longer than a daemon takes, the
// rest is left out.
struct LogEntry {
  absl::string_view name;  // what the message is found by: SYSLOG_IDENTIFIER, or syslog's tag
  int priority = 0;
  absl::string_view message;
};

// The fields of the journal's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
std::string JournalDatagram(const LogEntry& entry);

// "<11>NAME[PID]: MESSAGE" (RFC 3164, section 5.2). Without a time, which the daemon adds: the runtime would
// have to read the time zone of the file system that it is in.
std::string SyslogDatagram(const LogEntry& entry, int pid);

}  // namespace tare::log
