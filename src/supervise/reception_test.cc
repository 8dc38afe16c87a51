// The control socket, with visitors of every kind.
#include "supervise/reception.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "kernel/file.h"
#include "kernel/socket.h"

namespace tare::supervise {
namespace {

class ReceptionTest : public testing::Test, protected Reception::Host {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-reception.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    path_ = name;
    directory_ = kernel::Open(path_, O_PATH | O_DIRECTORY).value();
    loop_ = kernel::Loop::Make().value();
    reception_ =
        Reception::Open(*loop_, kernel::ListenUnix(directory_.get(), "sock", SOCK_SEQPACKET).value(), *this)
            .value();
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  kernel::Fd Visitor() {
    kernel::Fd socket = kernel::ConnectUnixAt(directory_.get(), "sock", SOCK_SEQPACKET).value();
    EXPECT_EQ(fcntl(socket.get(), F_SETFL, O_NONBLOCK), 0);
    return socket;
  }
  void Say(const kernel::Fd& visitor, absl::string_view packet) {
    EXPECT_TRUE(kernel::Send(visitor.get(), packet).ok());
  }
  // Everything that happens in a twentieth of a second.
  void Pass() {
    const kernel::Loop::Registration end = loop_->After(absl::Milliseconds(50), [this] { loop_->Stop(); });
    ASSERT_TRUE(loop_->Run().ok());
  }
  // "" when there is nothing; "END" when we were sent away.
  static std::string Hear(const kernel::Fd& visitor) {
    StatusOr<kernel::Message> message = kernel::Receive(visitor.get());
    if (!message.ok()) return ErrnoOf(message.status()) == EAGAIN ? "" : "END";
    return message->bytes.empty() ? "END" : message->bytes;
  }

  void OnRetire(std::function<void()> done) override {
    happened_ += "retire;";
    done();
  }
  void OnSettle(std::function<void()> done) override {
    settles_ ? done() : unsettled_.push_back(std::move(done));
  }
  void OnStarting() override { happened_ += "starting;"; }
  bool HasTerminal() const override { return true; }
  void OnInput(absl::string_view bytes) override { absl::StrAppend(&happened_, "input ", bytes, ";"); }
  void OnEndInput() override { happened_ += "end;"; }
  void OnSize(uint16_t rows, uint16_t columns) override {
    absl::StrAppend(&happened_, rows, "x", columns, ";");
  }
  void OnCaughtUp() override { happened_ += "caught up;"; }

  std::string path_;
  kernel::Fd directory_;
  std::unique_ptr<kernel::Loop> loop_;
  std::unique_ptr<Reception> reception_;
  std::string happened_;
  bool settles_ = true;
  std::vector<std::function<void()>> unsettled_;
};

TEST_F(ReceptionTest, WhoWaitsHearsTheExit) {
  const kernel::Fd waiting = Visitor();
  const kernel::Fd silent = Visitor();
  Say(waiting, "w");
  Pass();
  reception_->TellExit("{}");
  EXPECT_EQ(Hear(waiting), "x{}");
  EXPECT_EQ(Hear(silent), "");
}

TEST_F(ReceptionTest, WhoIsAttachedSeesOutputAndTypes) {
  const kernel::Fd one = Visitor();
  const kernel::Fd two = Visitor();
  Say(one, "a");
  Say(two, "a");
  Say(one, "z24 80");
  Say(one, "ihello");
  Say(two, "e");
  Say(one, "z-1 80");
  Say(one, "z24 70000");
  Pass();
  reception_->Show(Stream::kStdout, "out");
  reception_->Show(Stream::kStderr, "err");
  for (const kernel::Fd* visitor : {&one, &two}) {
    EXPECT_EQ(Hear(*visitor), "dt");
    EXPECT_EQ(Hear(*visitor), "oout");
    EXPECT_EQ(Hear(*visitor), "Eerr");
    EXPECT_EQ(Hear(*visitor), "");
  }
  EXPECT_EQ(happened_, "24x80;input hello;end;");
}

TEST_F(ReceptionTest, WhatMakesNoSenseChangesNothing) {
  const kernel::Fd nonsense = Visitor();
  const kernel::Fd typing = Visitor();
  const kernel::Fd long_packet = Visitor();
  Say(nonsense, "?");
  Say(typing, "ityped before being attached");
  Say(typing, "z");
  Say(typing, "z-1 x");
  Say(long_packet, std::string(100'000, 'i'));
  Pass();
  EXPECT_EQ(Hear(nonsense), "END");
  EXPECT_EQ(Hear(typing), "");
  EXPECT_EQ(Hear(long_packet), "END");
  EXPECT_EQ(happened_, "");
}

TEST_F(ReceptionTest, AnotherUserIsSentAway) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  ASSERT_EQ(chmod(path_.c_str(), 0755), 0);
  ASSERT_EQ(chmod((path_ + "/sock").c_str(), 0777), 0);
  ASSERT_EQ(seteuid(65534), 0);
  const kernel::Fd stranger = Visitor();
  Say(stranger, "r");
  ASSERT_EQ(seteuid(0), 0);
  Pass();
  EXPECT_EQ(Hear(stranger), "END");
  EXPECT_EQ(happened_, "");
}

TEST_F(ReceptionTest, RequestsAreAnswered) {
  const kernel::Fd visitor = Visitor();
  for (const char* request : {"r", "S", "s"}) Say(visitor, request);
  Pass();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Hear(visitor), "d");
  EXPECT_EQ(happened_, "retire;starting;");
}

TEST_F(ReceptionTest, WhoAsksTwiceBeforeTheAnswerIsSentAway) {
  settles_ = false;
  const kernel::Fd visitor = Visitor();
  Say(visitor, "S");
  Say(visitor, "S");
  Pass();
  EXPECT_EQ(unsettled_.size(), 1u);
  EXPECT_EQ(Hear(visitor), "END");
}

TEST_F(ReceptionTest, HeldInputStaysWithWhoTypedIt) {
  const kernel::Fd visitor = Visitor();
  Say(visitor, "a");
  Pass();
  reception_->HoldInput(true);
  Say(visitor, "ione");
  Pass();
  EXPECT_EQ(happened_, "");
  reception_->HoldInput(false);
  Pass();
  EXPECT_EQ(happened_, "input one;");
}

TEST_F(ReceptionTest, WhoIsBehindCatchesUpAndMissesNothing) {
  const kernel::Fd visitor = Visitor();
  Say(visitor, "a");
  Pass();
  EXPECT_EQ(Hear(visitor), "dt");
  size_t shown = 0;
  while (!reception_->busy()) {
    reception_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
    ASSERT_LT(++shown, 1000u);
  }
  Pass();
  EXPECT_TRUE(reception_->busy());
  size_t heard = 0;
  while (!Hear(visitor).empty()) ++heard;
  Pass();
  EXPECT_FALSE(reception_->busy());
  EXPECT_EQ(happened_, "caught up;");
  while (!Hear(visitor).empty()) ++heard;
  EXPECT_EQ(heard, shown);
}

TEST_F(ReceptionTest, WhoIsBehindAndLeavesHoldsNobodyUp) {
  {
    const kernel::Fd visitor = Visitor();
    Say(visitor, "a");
    Pass();
    while (!reception_->busy()) reception_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
  }
  Pass();
  EXPECT_FALSE(reception_->busy());
  EXPECT_EQ(happened_, "caught up;");
}

TEST_F(ReceptionTest, ThoseWhoWatchLeaveRoomForThoseWhoAsk) {
  std::vector<kernel::Fd> visitors;
  for (int i = 0; i < 300; ++i) {
    visitors.push_back(Visitor());
    Say(visitors.back(), i % 2 == 0 ? "w" : "a");
    if (i % 100 == 99) Pass();  // the backlog is short
  }
  const kernel::Fd asking = Visitor();
  Say(asking, "r");
  Pass();
  EXPECT_EQ(Hear(asking), "d");
  reception_->TellExit("{}");
  EXPECT_EQ(Hear(visitors[0]), "x{}");
  EXPECT_EQ(Hear(visitors[299]), "f");
}

TEST_F(ReceptionTest, ThoseWhoSayNothingLeaveRoomForThoseWhoAsk) {
  std::vector<kernel::Fd> visitors;
  for (int i = 0; i < 600; ++i) {
    visitors.push_back(Visitor());
    if (i % 100 == 99) Pass();
  }
  const kernel::Fd asking = Visitor();
  Say(asking, "r");
  for (int i = 0; i < 100 && happened_.empty(); ++i) Pass();
  EXPECT_EQ(Hear(asking), "d");
  EXPECT_EQ(Hear(visitors[0]), "END");
}

// As few descriptors as a caller may have left us.
TEST_F(ReceptionTest, DescriptorsAreLeftToThoseWhoAskAndToOthers) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  std::vector<kernel::Fd> visitors;
  for (int i = 0; i < 30; ++i) visitors.push_back(Visitor());
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(visitors.back().get()) + 1 + 18,
                     .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (const kernel::Fd& visitor : visitors) Say(visitor, "w");
  for (int i = 0; i < 10; ++i) Pass();
  int left = 0;
  while (fcntl(directory_.get(), F_DUPFD_CLOEXEC, 0) >= 0) ++left;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_GE(left, 8);
  int full = 0;
  for (const kernel::Fd& visitor : visitors) full += Hear(visitor) == "f" ? 1 : 0;
  EXPECT_GE(full, 20);
}

TEST_F(ReceptionTest, TheExitComesAfterAllOutput) {
  const kernel::Fd visitor = Visitor();
  Say(visitor, "a");
  Pass();
  size_t shown = 0;
  while (!reception_->busy()) {
    reception_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
    ++shown;
  }
  EXPECT_EQ(Hear(visitor), "dt");
  std::string last;
  size_t heard = 0;
  const auto hear_all = [&] {
    for (std::string packet; !(packet = Hear(visitor)).empty(); ++heard) last = packet;
  };
  hear_all();
  Pass();
  reception_->TellExit("{}");
  hear_all();
  EXPECT_EQ(heard, shown + 1);
  EXPECT_EQ(last, "x{}");
}

TEST_F(ReceptionTest, AnExitThatFindsNoRoomIsToldLater) {
  const kernel::Fd visitor = Visitor();
  Say(visitor, "a");
  Pass();
  EXPECT_EQ(Hear(visitor), "dt");
  const auto show = [&] { reception_->Show(Stream::kStdout, std::string(kMostBytes, 'x')); };
  const auto hear_all = [&] {
    std::string last;
    for (std::string packet; !(packet = Hear(visitor)).empty();) last = packet;
    Pass();
    return last + Hear(visitor);
  };
  size_t room = 0;
  for (show(); !reception_->busy(); show()) ++room;
  hear_all();
  for (size_t i = 0; i < room; ++i) show();
  ASSERT_FALSE(reception_->busy());
  reception_->TellExit(std::string(kMostBytes, '{'));
  EXPECT_TRUE(reception_->busy());
  EXPECT_TRUE(hear_all().ends_with("{{"));
  EXPECT_FALSE(reception_->busy());
}

TEST_F(ReceptionTest, WithoutPatienceWhoIsBehindIsSentAwayAtOnce) {
  const kernel::Fd visitor = Visitor();
  Say(visitor, "a");
  Pass();
  while (!reception_->busy()) reception_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
  Pass();
  EXPECT_TRUE(reception_->busy());
  reception_->Have(Reception::Patience::kNone);
  Pass();
  EXPECT_FALSE(reception_->busy());
  EXPECT_EQ(happened_, "caught up;");
  std::string last;
  for (std::string packet; last != "END" && !(packet = Hear(visitor)).empty();) last = packet;
  EXPECT_EQ(last, "END");
}

}  // namespace
}  // namespace tare::supervise
