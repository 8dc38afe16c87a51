#include "kernel/worker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/file.h"

namespace tare::kernel {
namespace {

class WorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    before_ = MemoryFile("before", "the loop").value();
    StatusOr<std::unique_ptr<Loop>> made = Loop::Make();
    ASSERT_TRUE(made.ok()) << made.status();
    loop_ = *std::move(made);
  }

  StatusOr<Message> ResultOf(absl::FunctionRef<StatusOr<Message>()> body, const std::vector<int>& keep = {}) {
    StatusOr<Message> result = absl::UnknownError("not called");
    auto worker = Worker::Start(*loop_, keep, body, [&](StatusOr<Message> told) {
      result = std::move(told);
      loop_->Stop();
    });
    EXPECT_TRUE(worker.ok()) << worker.status();
    EXPECT_TRUE(loop_->Run().ok());
    return result;
  }

  Fd before_;
  std::unique_ptr<Loop> loop_;
};

TEST_F(WorkerTest, BringsBytesAndDescriptors) {
  StatusOr<Message> result = ResultOf([]() -> StatusOr<Message> {
    TARE_ASSIGN_OR_RETURN(Fd file, MemoryFile("test", "in the file"));
    Message message{.bytes = "said"};
    message.fds.push_back(std::move(file));
    return message;
  });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->bytes, "said");
  ASSERT_EQ(result->fds.size(), 1U);
  EXPECT_EQ(ReadAll(result->fds[0].get(), "").value_or(""), "in the file");
}

TEST_F(WorkerTest, BringsMoreThanAMessageHolds) {
  const std::string much(3 * kMaxMessage, 'x');
  StatusOr<Message> result = ResultOf([&]() -> StatusOr<Message> { return Message{.bytes = much}; });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->bytes, much);
  EXPECT_TRUE(result->fds.empty());
}

TEST_F(WorkerTest, BringsAnErrorWithItsErrno) {
  StatusOr<Message> result = ResultOf([]() -> StatusOr<Message> { return ErrnoError(ENOENT, "open(/x)"); });
  EXPECT_EQ(result.status(), ErrnoError(ENOENT, "open(/x)"));
  EXPECT_EQ(ErrnoOf(result.status()), ENOENT);
}

TEST_F(WorkerTest, SaysThatItWasKilled) {
  StatusOr<Message> result = ResultOf([]() -> StatusOr<Message> {
    raise(SIGKILL);
    return Message{};
  });
  EXPECT_EQ(result.status(), absl::AbortedError("the worker was killed by signal 9"));
}

TEST_F(WorkerTest, HasOnlyTheDescriptorsItMayHave) {
  const StatusOr<Fd> kept = MemoryFile("kept", "kept");
  const StatusOr<Fd> closed = MemoryFile("closed", "closed");
  StatusOr<Message> result = ResultOf(
      [&]() -> StatusOr<Message> {
        return Message{.bytes = absl::StrCat(fcntl(kept->get(), F_GETFD) >= 0 ? "kept " : "lost ",
                                             fcntl(closed->get(), F_GETFD) < 0 ? "closed " : "open ",
                                             fcntl(before_.get(), F_GETFD) < 0 ? "closed " : "open ",
                                             fcntl(loop_->descriptor(), F_GETFD) < 0 ? "closed" : "open")};
      },
      {kept->get()});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->bytes, "kept closed closed closed");
}

// The shim depends on it: when it gets the result, the container's init must be its child.
TEST_F(WorkerTest, LeavesItsChildrenToTheSubreaper) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
  StatusOr<Message> result = ResultOf([]() -> StatusOr<Message> {
    TARE_ASSIGN_OR_RETURN(Child child, Spawn({}, [] { return 7; }));
    Message message{.bytes = absl::StrCat(child.pid)};
    message.fds.push_back(std::move(child.pidfd));
    return message;
  });
  prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
  ASSERT_TRUE(result.ok()) << result.status();
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PIDFD, static_cast<id_t>(result->fds.at(0).get()), &info, WEXITED), 0);
  EXPECT_EQ(info.si_status, 7);
}

TEST_F(WorkerTest, IsKilledWithItsObject) {
  auto worker = Worker::Start(
      *loop_, {},
      []() -> StatusOr<Message> {
        pause();
        return Message{};
      },
      [](const StatusOr<Message>&) { FAIL() << "called"; });
  ASSERT_TRUE(worker.ok()) << worker.status();
  worker->reset();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace tare::kernel
