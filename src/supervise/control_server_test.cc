// The control socket, with clients of every kind.
#include "supervise/control_server.h"

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

using session::kMostBytes;
using session::Stream;

class ControlServerTest : public testing::Test, protected ControlServer::Handler {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-control-server.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    path_ = name;
    directory_ = kernel::Open(path_, O_PATH | O_DIRECTORY).value();
    loop_ = kernel::Loop::Make().value();
    control_server_ = ControlServer::Open(
                          *loop_, kernel::ListenUnix(directory_.get(), "sock", SOCK_SEQPACKET).value(), *this)
                          .value();
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  kernel::Fd Client() {
    kernel::Fd socket = kernel::ConnectUnixAt(directory_.get(), "sock", SOCK_SEQPACKET).value();
    EXPECT_EQ(fcntl(socket.get(), F_SETFL, O_NONBLOCK), 0);
    return socket;
  }
  void Say(const kernel::Fd& client, absl::string_view packet) {
    EXPECT_TRUE(kernel::Send(client.get(), packet).ok());
  }
  // Everything that happens in a twentieth of a second.
  void Pass() {
    const kernel::Loop::Registration end = loop_->After(absl::Milliseconds(50), [this] { loop_->Stop(); });
    ASSERT_TRUE(loop_->Run().ok());
  }
  // "" when there is nothing; "END" when we were sent away.
  static std::string ReceiveReply(const kernel::Fd& client) {
    StatusOr<kernel::Message> message = kernel::Receive(client.get());
    if (!message.ok()) return ErrnoOf(message.status()) == EAGAIN ? "" : "END";
    return message->bytes.empty() ? "END" : message->bytes;
  }

  void OnStopRestarting(std::function<void()> done) override {
    happened_ += "retire;";
    done();
  }
  void OnDump(bool begins) override { happened_ += begins ? "dump;" : "no dump;"; }
  void OnAwaitContainer(std::function<void()> done) override {
    settles_ ? done() : unsettled_.push_back(std::move(done));
  }
  void OnProgramStarts() override { happened_ += "starting;"; }
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
  std::unique_ptr<ControlServer> control_server_;
  std::string happened_;
  bool settles_ = true;
  std::vector<std::function<void()>> unsettled_;
};

TEST_F(ControlServerTest, WhoWaitsHearsTheExit) {
  const kernel::Fd waiting = Client();
  const kernel::Fd silent = Client();
  Say(waiting, "w");
  Pass();
  control_server_->SendExit("{}");
  EXPECT_EQ(ReceiveReply(waiting), "x{}");
  EXPECT_EQ(ReceiveReply(silent), "");
}

TEST_F(ControlServerTest, WhoIsAttachedSeesOutputAndTypes) {
  const kernel::Fd one = Client();
  const kernel::Fd two = Client();
  Say(one, "a");
  Say(two, "a");
  Say(one, "z24 80");
  Say(one, "ihello");
  Say(two, "e");
  Say(one, "z-1 80");
  Say(one, "z24 70000");
  Pass();
  control_server_->Show(Stream::kStdout, "out");
  control_server_->Show(Stream::kStderr, "err");
  for (const kernel::Fd* client : {&one, &two}) {
    EXPECT_EQ(ReceiveReply(*client), "dt");
    EXPECT_EQ(ReceiveReply(*client), "oout");
    EXPECT_EQ(ReceiveReply(*client), "Eerr");
    EXPECT_EQ(ReceiveReply(*client), "");
  }
  EXPECT_EQ(happened_, "24x80;input hello;end;");
}

TEST_F(ControlServerTest, WhatMakesNoSenseChangesNothing) {
  const kernel::Fd nonsense = Client();
  const kernel::Fd typing = Client();
  const kernel::Fd long_packet = Client();
  Say(nonsense, "?");
  Say(typing, "ityped before being attached");
  Say(typing, "z");
  Say(typing, "z-1 x");
  Say(long_packet, std::string(100'000, 'i'));
  Pass();
  EXPECT_EQ(ReceiveReply(nonsense), "END");
  EXPECT_EQ(ReceiveReply(typing), "");
  EXPECT_EQ(ReceiveReply(long_packet), "END");
  EXPECT_EQ(happened_, "");
}

TEST_F(ControlServerTest, AnotherUserIsSentAway) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  ASSERT_EQ(chmod(path_.c_str(), 0755), 0);
  ASSERT_EQ(chmod((path_ + "/sock").c_str(), 0777), 0);
  ASSERT_EQ(seteuid(65534), 0);
  const kernel::Fd stranger = Client();
  Say(stranger, "r");
  ASSERT_EQ(seteuid(0), 0);
  Pass();
  EXPECT_EQ(ReceiveReply(stranger), "END");
  EXPECT_EQ(happened_, "");
}

TEST_F(ControlServerTest, RequestsAreAnswered) {
  const kernel::Fd client = Client();
  for (const char* request : {"r", "S", "s"}) Say(client, request);
  Pass();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReceiveReply(client), "d");
  EXPECT_EQ(happened_, "retire;starting;");
}

TEST_F(ControlServerTest, WhoAsksTwiceBeforeTheAnswerIsSentAway) {
  settles_ = false;
  const kernel::Fd client = Client();
  Say(client, "S");
  Say(client, "S");
  Pass();
  EXPECT_EQ(unsettled_.size(), 1u);
  EXPECT_EQ(ReceiveReply(client), "END");
}

TEST_F(ControlServerTest, HeldInputStaysWithWhoTypedIt) {
  const kernel::Fd client = Client();
  Say(client, "a");
  Pass();
  control_server_->HoldInput(true);
  Say(client, "ione");
  Pass();
  EXPECT_EQ(happened_, "");
  control_server_->HoldInput(false);
  Pass();
  EXPECT_EQ(happened_, "input one;");
}

TEST_F(ControlServerTest, WhoIsBehindCatchesUpAndMissesNothing) {
  const kernel::Fd client = Client();
  Say(client, "a");
  Pass();
  EXPECT_EQ(ReceiveReply(client), "dt");
  size_t shown = 0;
  while (!control_server_->busy()) {
    control_server_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
    ASSERT_LT(++shown, 1000u);
  }
  Pass();
  EXPECT_TRUE(control_server_->busy());
  size_t heard = 0;
  while (!ReceiveReply(client).empty()) ++heard;
  Pass();
  EXPECT_FALSE(control_server_->busy());
  EXPECT_EQ(happened_, "caught up;");
  while (!ReceiveReply(client).empty()) ++heard;
  EXPECT_EQ(heard, shown);
}

TEST_F(ControlServerTest, WhoIsBehindAndLeavesHoldsNobodyUp) {
  {
    const kernel::Fd client = Client();
    Say(client, "a");
    Pass();
    while (!control_server_->busy()) control_server_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
  }
  Pass();
  EXPECT_FALSE(control_server_->busy());
  EXPECT_EQ(happened_, "caught up;");
}

TEST_F(ControlServerTest, ThoseWhoWatchLeaveRoomForThoseWhoAsk) {
  std::vector<kernel::Fd> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(Client());
    Say(clients.back(), i % 2 == 0 ? "w" : "a");
    if (i % 100 == 99) Pass();  // the backlog is short
  }
  const kernel::Fd asking = Client();
  Say(asking, "r");
  Pass();
  EXPECT_EQ(ReceiveReply(asking), "d");
  control_server_->SendExit("{}");
  EXPECT_EQ(ReceiveReply(clients[0]), "x{}");
  EXPECT_EQ(ReceiveReply(clients[299]), "f");
}

TEST_F(ControlServerTest, ThoseWhoSayNothingLeaveRoomForThoseWhoAsk) {
  std::vector<kernel::Fd> clients;
  for (int i = 0; i < 600; ++i) {
    clients.push_back(Client());
    if (i % 100 == 99) Pass();
  }
  const kernel::Fd asking = Client();
  Say(asking, "r");
  for (int i = 0; i < 100 && happened_.empty(); ++i) Pass();
  EXPECT_EQ(ReceiveReply(asking), "d");
  EXPECT_EQ(ReceiveReply(clients[0]), "END");
}

// As few descriptors as a caller may have left us.
TEST_F(ControlServerTest, DescriptorsAreLeftToThoseWhoAskAndToOthers) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  std::vector<kernel::Fd> clients;
  for (int i = 0; i < 30; ++i) clients.push_back(Client());
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(clients.back().get()) + 1 + 18,
                     .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (const kernel::Fd& client : clients) Say(client, "w");
  for (int i = 0; i < 10; ++i) Pass();
  int left = 0;
  while (fcntl(directory_.get(), F_DUPFD_CLOEXEC, 0) >= 0) ++left;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_GE(left, 8);
  int full = 0;
  for (const kernel::Fd& client : clients) full += ReceiveReply(client) == "f" ? 1 : 0;
  EXPECT_GE(full, 20);
}

TEST_F(ControlServerTest, TheExitComesAfterAllOutput) {
  const kernel::Fd client = Client();
  Say(client, "a");
  Pass();
  size_t shown = 0;
  while (!control_server_->busy()) {
    control_server_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
    ++shown;
  }
  EXPECT_EQ(ReceiveReply(client), "dt");
  std::string last;
  size_t heard = 0;
  const auto hear_all = [&] {
    for (std::string packet; !(packet = ReceiveReply(client)).empty(); ++heard) last = packet;
  };
  hear_all();
  Pass();
  control_server_->SendExit("{}");
  hear_all();
  EXPECT_EQ(heard, shown + 1);
  EXPECT_EQ(last, "x{}");
}

TEST_F(ControlServerTest, AnExitThatFindsNoRoomIsToldLater) {
  const kernel::Fd client = Client();
  Say(client, "a");
  Pass();
  EXPECT_EQ(ReceiveReply(client), "dt");
  const auto show = [&] { control_server_->Show(Stream::kStdout, std::string(kMostBytes, 'x')); };
  const auto hear_all = [&] {
    std::string last;
    for (std::string packet; !(packet = ReceiveReply(client)).empty();) last = packet;
    Pass();
    return last + ReceiveReply(client);
  };
  size_t room = 0;
  for (show(); !control_server_->busy(); show()) ++room;
  hear_all();
  for (size_t i = 0; i < room; ++i) show();
  ASSERT_FALSE(control_server_->busy());
  control_server_->SendExit(std::string(kMostBytes, '{'));
  EXPECT_TRUE(control_server_->busy());
  EXPECT_TRUE(hear_all().ends_with("{{"));
  EXPECT_FALSE(control_server_->busy());
}

TEST_F(ControlServerTest, WithoutPatienceWhoIsBehindIsSentAwayAtOnce) {
  const kernel::Fd client = Client();
  Say(client, "a");
  Pass();
  while (!control_server_->busy()) control_server_->Show(Stream::kStdout, std::string(kMostBytes, 'x'));
  Pass();
  EXPECT_TRUE(control_server_->busy());
  control_server_->SetPatience(ControlServer::Patience::kNone);
  Pass();
  EXPECT_FALSE(control_server_->busy());
  EXPECT_EQ(happened_, "caught up;");
  std::string last;
  for (std::string packet; last != "END" && !(packet = ReceiveReply(client)).empty();) last = packet;
  EXPECT_EQ(last, "END");
}

}  // namespace
}  // namespace tare::supervise
