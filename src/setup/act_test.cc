#include "setup/act.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/lines.h"

namespace tare::setup {
namespace {

using door::Step;

std::string MessageOf(const door::Failure& failure, const ActText& text = {}) {
  return std::string(StatusOf(failure, text.Serialize()).message());
}

TEST(Act, FailuresAreToldInTheWordsOfTheCall) {
  const struct {
    door::Failure failure;
    const char* message;
  } cases[] = {
      {{Step::kPidNamespace, EPERM}, "setns(init): operation not permitted"},
      {{Step::kSession, EPERM}, "setsid: operation not permitted"},
      {{Step::kTerminal, EPERM}, "/process/terminal: ioctl(TIOCSCTTY): operation not permitted"},
      {{Step::kNoNewPrivileges, EINVAL}, "prctl(PR_SET_NO_NEW_PRIVS): invalid argument"},
      {{Step::kBoundingSet, EPERM, 5}, "prctl(PR_CAPBSET_DROP, CAP_KILL): operation not permitted"},
      {{Step::kGroup, EPERM, 8}, "/process/user: setresgid(8): operation not permitted"},
      {{Step::kUser, EINVAL, 7},
       "/process/user: the id is not mapped in the container's user namespace: setresuid(7): invalid "
       "argument"},
      {{Step::kCapabilities, EPERM}, "/process/capabilities: capset: operation not permitted"},
      {{Step::kAmbientSet, EPERM, 64},
       "/process/capabilities: prctl(PR_CAP_AMBIENT_CLEAR_ALL): operation not permitted"},
      {{Step::kAmbientSet, EPERM, 0},
       "/process/capabilities: prctl(PR_CAP_AMBIENT_RAISE, CAP_CHOWN): operation not permitted"},
      {{Step::kFilter, EACCES}, "/linux/seccomp: seccomp(SECCOMP_SET_MODE_FILTER): permission denied"},
      {{Step::kFinalCapabilities, EPERM},
       "the seccomp filter must allow capset and execve, which start the program: capset: operation not "
       "permitted"},
      {{Step::kRuntimeExited, EPROTO}, "the other process of the runtime has exited"},
      {{Step::kReceive, EPROTO}, "unexpected message from the runtime"},
      {{Step::kReceive, EIO}, "read: input/output error"},
  };
  for (const auto& test : cases) EXPECT_EQ(MessageOf(test.failure), test.message);
}

TEST(Act, AnErrorOfTheProgramHasTheContextAndThePath) {
  const ActText text{
      .context = "unable to start container process", .path = "/bin/x", .what_is_missing = "no loader"};
  const Status missing = StatusOf({Step::kExecute, ENOENT}, text.Serialize());
  EXPECT_EQ(missing.message(),
            "unable to start container process: exec /bin/x: no such file or directory (no loader)");
  EXPECT_EQ(LinesOf(missing), "exec /bin/x: no such file or directory\nno loader");
  EXPECT_EQ(MessageOf({Step::kExecute, EACCES}, text),
            "unable to start container process: exec /bin/x: permission denied");
  EXPECT_EQ(MessageOf({Step::kExecute, EACCES}, {.path = "/bin/x"}), "exec /bin/x: permission denied");
}

TEST(Act, AReportIsReadLikeASerializedStatus) {
  const door::Report report{.failure = {Step::kSession, EPERM}};
  const std::string bytes(reinterpret_cast<const char*>(&report) + 1, sizeof report - 1);
  EXPECT_EQ(ParseFailure(bytes + ActText{}.Serialize()).message(), "setsid: operation not permitted");
  EXPECT_EQ(ParseFailure(bytes.substr(0, 4)).message(), "the stub's error report is malformed");
  EXPECT_EQ(ParseFailure(SerializeStatus(ErrnoError(EIO, "read"))).message(), "read: input/output error");
}

TEST(Act, PartsFollowTheStructureAndAreAligned) {
  ActBlock block({.user = 12});
  block.AddString(&door::Act::path, "one");
  block.Add(&door::Act::filter, "two");
  const door::Act& act = block.act();
  EXPECT_EQ(act.user, 12U);
  EXPECT_STREQ(act.at(act.path), "one");
  EXPECT_EQ(absl::string_view(act.at(act.filter), act.filter.size), "two");
  EXPECT_EQ(act.path.offset % 8, 0U);
  EXPECT_EQ(act.filter.offset % 8, 0U);
}

}  // namespace
}  // namespace tare::setup
