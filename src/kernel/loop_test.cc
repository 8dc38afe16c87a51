#include "kernel/loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "kernel/socket.h"

namespace tare::kernel {
namespace {

class LoopTest : public testing::Test {
 protected:
  void SetUp() override {
    StatusOr<std::unique_ptr<Loop>> made = Loop::Make();
    ASSERT_TRUE(made.ok()) << made.status();
    loop_ = *std::move(made);
    auto ends = SeqpacketPair();
    ASSERT_TRUE(ends.ok()) << ends.status();
    ours_ = std::move(ends->first);
    theirs_ = std::move(ends->second);
  }

  std::unique_ptr<Loop> loop_;
  Fd ours_;
  Fd theirs_;
  std::string seen_;
};

TEST_F(LoopTest, TellsWhatCanBeRead) {
  ASSERT_TRUE(Send(theirs_.get(), "x").ok());
  auto watch = loop_->Watch(ours_.get(), EPOLLIN, [&](uint32_t events) {
    EXPECT_NE(events & EPOLLIN, 0U);
    seen_ = Receive(ours_.get())->bytes;
    loop_->Stop();
  });
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_TRUE(loop_->Run().ok());
  EXPECT_EQ(seen_, "x");
}

TEST_F(LoopTest, CallsTimersInTheOrderOfTheirMoments) {
  auto second = loop_->After(absl::Milliseconds(20), [&] { seen_ += "b"; });
  auto first = loop_->After(absl::Milliseconds(1), [&] { seen_ += "a"; });
  auto ended = loop_->After(absl::Milliseconds(5), [&] { seen_ += "never"; });
  auto last = loop_->After(absl::Milliseconds(30), [&] { loop_->Stop(); });
  ended.End();
  EXPECT_TRUE(loop_->Run().ok());
  EXPECT_EQ(seen_, "ab");
}

// Both are ready at once: the one that is called first ends the other.
TEST_F(LoopTest, DoesNotCallWhatWasEndedInTheSameRound) {
  ASSERT_TRUE(Send(theirs_.get(), "x").ok());
  ASSERT_TRUE(Send(ours_.get(), "x").ok());
  int calls = 0;
  StatusOr<Loop::Registration> a;
  StatusOr<Loop::Registration> b;
  a = loop_->Watch(ours_.get(), EPOLLIN, [&](uint32_t) {
    ++calls;
    a->End();
    b->End();
  });
  b = loop_->Watch(theirs_.get(), EPOLLIN, [&](uint32_t) {
    ++calls;
    a->End();
    b->End();
  });
  auto last = loop_->After(absl::Milliseconds(20), [&] { loop_->Stop(); });
  EXPECT_TRUE(loop_->Run().ok());
  EXPECT_EQ(calls, 1);
}

TEST_F(LoopTest, CallsSoonAfterThePresentCall) {
  loop_->Soon([&] {
    loop_->Soon([&] {
      seen_ += "b";
      loop_->Stop();
    });
    seen_ += "a";
  });
  EXPECT_TRUE(loop_->Run().ok());
  EXPECT_EQ(seen_, "ab");
}

}  // namespace
}  // namespace tare::kernel
