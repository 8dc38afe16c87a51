#include "base/status.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/lines.h"

namespace tare {
namespace {

TEST(Status, ErrnoTextsAreInGosWords) {
  EXPECT_EQ(ErrnoText(ENOENT), "no such file or directory");
  EXPECT_EQ(ErrnoText(EACCES), "permission denied");
  EXPECT_EQ(ErrnoText(EBADMSG), "bad message");
  EXPECT_EQ(ErrnoText(99999), "errno 99999");
}

TEST(Status, ContextComesBeforeAndKeepsTheErrno) {
  const Status status =
      Annotate(Annotate(ErrnoError(ENOENT, "open(/x)"), "mounting ", "/data"), "cannot create");
  EXPECT_EQ(status.message(), "cannot create: mounting /data: open(/x): no such file or directory");
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_TRUE(absl::IsNotFound(status));
}

TEST(Status, AnnotateOfSuccessIsSuccess) {
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

TEST(Status, CrossesForkWhole) {
  for (const Status& status :
       {ErrnoError(EBUSY, "mkdir(a b)"), InvalidError("no number: ", 7), absl::OkStatus()}) {
    const Status back = ParseStatus(SerializeStatus(status));
    EXPECT_EQ(back.code(), status.code());
    EXPECT_EQ(back.message(), status.message());
    EXPECT_EQ(ErrnoOf(back), ErrnoOf(status));
  }
}

TEST(Status, LinesAndHintSurviveContextAndFork) {
  for (const char* lines : {"", "exec /x: no such file or directory\nexplained"}) {
    for (const char* hint : {"", "do this instead"}) {
      const Status status = Annotate(WithHint(WithLines(InvalidError("x"), lines), hint), "context");
      for (const Status& one : {status, ParseStatus(SerializeStatus(status))}) {
        EXPECT_EQ(one.message(), "context: x");
        EXPECT_EQ(LinesOf(one), lines);
        EXPECT_EQ(HintOf(one), hint);
      }
    }
  }
}

TEST(Status, AnUnreadableReportIsAnError) {
  for (const char* bytes : {"", "x", "3", "3 x y"}) EXPECT_FALSE(ParseStatus(bytes).ok()) << bytes;
}

}  // namespace
}  // namespace tare
