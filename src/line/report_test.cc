#include "line/report.h"

#include <gtest/gtest.h>

#include "base/lines.h"
#include "line/usage.h"

namespace tare::line {
namespace {

TEST(PlainError, SaysWhatCannotBeDone) {
  const auto plain = [](absl::string_view message) { return PlainError(InvalidError(message), "web"); };
  EXPECT_EQ(plain("tare run failed: unable to start container process: mounting /data: busy"),
            "cannot run \"web\": mounting /data: busy");
  EXPECT_EQ(plain("tare run failed: unable to start container process: error during container init: x"),
            "cannot run \"web\": x");
  EXPECT_EQ(plain("tare create failed: no config.json"), "cannot create \"web\": no config.json");
  EXPECT_EQ(plain("exec failed: container not running"), "cannot exec in \"web\": container not running");
  EXPECT_EQ(plain("container does not exist"), "container does not exist");
  EXPECT_EQ(plain("tare: checkpoint is not implemented yet"), "checkpoint is not implemented yet");
}

TEST(PlainError, TheFirstOfItsLinesIsTheError) {
  const Status status = WithLines(InvalidError("exec failed: unable to start container process: x (because)"),
                                  "exec /x: no such file or directory\nits interpreter is missing");
  EXPECT_EQ(PlainError(status, "web"), "cannot exec in \"web\": exec /x: no such file or directory");
}

TEST(PlainError, AMistakeHasWordsOfItsOwn) {
  EXPECT_EQ(PlainError(UsageError("invalid format option", {.plain = "use table or json"}), "web"),
            "use table or json");
}

}  // namespace
}  // namespace tare::line
