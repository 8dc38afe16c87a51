#include "kernel/wait.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <climits>
#include <vector>

#include "kernel/socket.h"

namespace tare::kernel {
namespace {

class WaitTest : public testing::Test {
 protected:
  void SetUp() override {
    auto ends = SeqpacketPair();
    ASSERT_TRUE(ends.ok()) << ends.status();
    ours_ = std::move(ends->first);
    theirs_ = std::move(ends->second);
  }

  Fd ours_;
  Fd theirs_;
};

bool True(const StatusOr<bool>& result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() && *result;
}

// An interval timer that interrupts system calls (EINTR) every millisecond.
class Interruptions {
 public:
  Interruptions() {
    count_ = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { count_ = count_ + 1; };
    sigaction(SIGALRM, &action, &before_);
    Every(1000);
  }
  ~Interruptions() {
    Every(0);
    sigaction(SIGALRM, &before_, nullptr);
  }
  static int count() { return count_; }

 private:
  static void Every(suseconds_t microseconds) {
    const itimerval timer{.it_interval = {.tv_sec = 0, .tv_usec = microseconds},
                          .it_value = {.tv_sec = 0, .tv_usec = microseconds}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  static volatile sig_atomic_t count_;
  struct sigaction before_ {};
};
volatile sig_atomic_t Interruptions::count_ = 0;

TEST_F(WaitTest, ReportsWhatCanBeRead) {
  EXPECT_FALSE(True(WaitReadable(ours_.get(), Deadline::After(absl::ZeroDuration()))));
  ASSERT_TRUE(Send(theirs_.get(), "x").ok());
  EXPECT_TRUE(True(WaitReadable(ours_.get(), Deadline::After(absl::ZeroDuration()))));
  EXPECT_TRUE(True(WaitReadable(ours_.get(), Deadline::Never())));
}

TEST_F(WaitTest, TheEndOfTheOtherSideCounts) {
  theirs_.Close();
  EXPECT_TRUE(True(WaitReadable(ours_.get(), Deadline::Never())));
}

TEST_F(WaitTest, WaitsForRoomToWrite) {
  EXPECT_TRUE(True(WaitFor(ours_.get(), POLLOUT, Deadline::Never())));
}

TEST_F(WaitTest, SaysWhichOfSeveralIsReady) {
  ASSERT_TRUE(Send(theirs_.get(), "x").ok());
  std::array<pollfd, 3> fds = {pollfd{.fd = -1, .events = POLLIN, .revents = 0},
                               pollfd{.fd = theirs_.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = ours_.get(), .events = POLLIN, .revents = 0}};
  EXPECT_TRUE(True(WaitForAny(fds, Deadline::Never())));
  EXPECT_EQ(fds[0].revents, 0);
  EXPECT_EQ(fds[1].revents, 0);
  EXPECT_EQ(fds[2].revents, POLLIN);
}

TEST_F(WaitTest, SignalsNeitherEndNorExtendAWait) {
  const Interruptions interruptions;
  const Deadline deadline = Deadline::After(absl::Milliseconds(50));
  EXPECT_FALSE(True(WaitReadable(ours_.get(), deadline)));
  EXPECT_TRUE(deadline.passed());
  EXPECT_GT(Interruptions::count(), 1);
}

TEST_F(WaitTest, AFailureIsAnError) {
  // More descriptors than a process may have: EINVAL.
  std::vector<pollfd> fds(1 << 21, pollfd{.fd = -1, .events = POLLIN, .revents = 0});
  EXPECT_EQ(ErrnoOf(WaitForAny(fds, Deadline::After(absl::ZeroDuration())).status()), EINVAL);
}

TEST(DeadlineTest, RoundsUpToAMillisecond) {
  EXPECT_EQ(Deadline::Never().Timeout(), -1);
  EXPECT_EQ(Deadline::After(absl::InfiniteDuration()).Timeout(), -1);
  EXPECT_EQ(Deadline::After(absl::ZeroDuration()).Timeout(), 0);
  EXPECT_EQ(Deadline::After(-absl::Hours(1)).Timeout(), 0);
  EXPECT_EQ(Deadline::After(absl::Hours(24 * 365 * 100)).Timeout(), INT_MAX);
  // 1 until the last nanosecond is over: with 0, a wait would be poll(2) again and again.
  for (;;) {
    const Deadline deadline = Deadline::After(absl::Microseconds(900));
    const int timeout = deadline.Timeout();
    if (deadline.passed()) continue;  // the machine was too busy to say
    EXPECT_EQ(timeout, 1);
    break;
  }
}

}  // namespace
}  // namespace tare::kernel
