#include "streams/logger.h"

#include <gtest/gtest.h>

namespace tare::streams {
namespace {

using Words = std::vector<std::string>;

TEST(ParseLoggerUri, GivesThePathAndTheQueryAsWords) {
  const StatusOr<LoggerCommand> command =
      ParseLoggerUri("binary:///usr/bin/log?name=web&driver=x%20y+z&flag");
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->path, "/usr/bin/log");
  EXPECT_EQ(command->args, (Words{"driver", "x y z", "flag", "name", "web"}));
}

TEST(ParseLoggerUri, TakesBothVersions) {
  EXPECT_EQ(ParseLoggerUri("binary-v2:///bin/a%25b").value_or(LoggerCommand{}).path, "/bin/a%b");
}

TEST(ParseLoggerUri, RefusesWhatIsNone) {
  for (const char* uri : {"file:///x", "binary://relative", "binary:///x%2", "binary:///x%zz", "binary://"})
    EXPECT_FALSE(ParseLoggerUri(uri).ok()) << uri;
}

}  // namespace
}  // namespace tare::streams
