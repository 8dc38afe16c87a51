#include "base/log_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tare::log {
namespace {

TEST(LogSocket, TheJournalGetsAFieldPerLine) {
  EXPECT_EQ(JournalDatagram({.name = "web", .priority = LOG_WARNING, .message = "a=b"}),
            "PRIORITY=4\nSYSLOG_IDENTIFIER=web\nMESSAGE=a=b\n");
}

// An image must not be able to add fields of its own.
TEST(LogSocket, AFieldOfSeveralLinesHasItsLengthBeforeIt) {
  const std::string length("\x0c\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(JournalDatagram({.name = "web", .priority = LOG_ERR, .message = "a\nUNIT=other"}),
            absl::StrCat("PRIORITY=3\nSYSLOG_IDENTIFIER=web\nMESSAGE\n", length, "a\nUNIT=other\n"));
  EXPECT_EQ(
      JournalDatagram({.name = "a\nPRIORITY=0", .priority = LOG_ERR, .message = "b"}).find("PRIORITY=0\n"),
      std::string("PRIORITY=3\nSYSLOG_IDENTIFIER\n........a\n").size());
}

TEST(LogSocket, ALongMessageIsCut) {
  const std::string message(1 << 20, 'x');
  EXPECT_LT(JournalDatagram({.name = "web", .priority = LOG_ERR, .message = message}).size(), 100'000U);
  EXPECT_LT(SyslogDatagram({.name = "web", .priority = LOG_ERR, .message = message}, 1).size(), 10'000U);
}

TEST(LogSocket, SyslogGetsOneLine) {
  EXPECT_EQ(SyslogDatagram({.name = "web", .priority = LOG_ERR, .message = "a\n<0>b\x1b"}, 17),
            "<11>web[17]: a\\n<0>b\\u001b");
}

TEST(LogSocket, ASocketThatIsMissingIsNamed) {
  const Status missing = ConnectLog("/nonesuch/socket").status();
  EXPECT_EQ(ErrnoOf(missing), ENOENT);
  EXPECT_NE(missing.message().find("/nonesuch/socket"), absl::string_view::npos);
}

}  // namespace
}  // namespace tare::log
