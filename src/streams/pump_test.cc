#include "streams/pump.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "kernel/file.h"

namespace tare::streams {
namespace {

using kernel::Fd;

struct Pipe {
  Fd read, write;
};
Pipe MakePipe() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
  return {Fd(fds[0]), Fd(fds[1])};
}

class PumpTest : public testing::Test {
 protected:
  void SetUp() override { loop_ = *kernel::Loop::Make(); }

  // Copies from in to out until the end, reading from `out` only now and then.
  std::string CopyAll(const std::string& text) {
    Pipe in = MakePipe();
    Pipe out = MakePipe();
    size_t written = 0;
    auto pump = Pump::Start(*loop_, std::move(in.read), std::move(out.write),
                            {.on_end = [&] { loop_->Stop(); }, .on_loss = {}});
    EXPECT_TRUE(pump.ok()) << pump.status();
    std::string got;
    kernel::Loop::Registration timer;
    const std::function<void()> exchange = [&] {
      if (in.write && written < text.size()) {
        const ssize_t put = write(in.write.get(), text.data() + written, text.size() - written);
        if (put > 0) written += static_cast<size_t>(put);
      }
      if (written == text.size()) in.write.Close();
      Drain(out.read, got);
      timer = loop_->After(absl::Milliseconds(1), exchange);
    };
    exchange();
    EXPECT_TRUE(loop_->Run().ok());
    EXPECT_TRUE((*pump)->ended());
    Drain(out.read, got);
    return got;
  }

  static void Drain(const Fd& from, std::string& into) {
    char buffer[65536];
    for (ssize_t got = 0; (got = read(from.get(), buffer, sizeof buffer)) > 0;)
      into.append(buffer, static_cast<size_t>(got));
  }

  std::unique_ptr<kernel::Loop> loop_;
};

TEST_F(PumpTest, CopiesUntilTheEnd) {
  EXPECT_EQ(CopyAll("hello"), "hello");
}

TEST_F(PumpTest, LosesNothingWhenTheReceiverIsLate) {
  std::string much;
  for (int i = 0; much.size() < (3U << 20); ++i) much += absl::StrCat(i, "\n");
  EXPECT_EQ(CopyAll(much), much);
}

TEST_F(PumpTest, EndsWithItsReceiver) {
  Pipe in = MakePipe();
  Pipe out = MakePipe();
  out.read.Close();
  auto pump = Pump::Start(*loop_, std::move(in.read), std::move(out.write),
                          {.on_end = [&] { loop_->Stop(); }, .on_loss = {}});
  ASSERT_TRUE(pump.ok()) << pump.status();
  signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(write(in.write.get(), "x", 1), 1);
  EXPECT_TRUE(loop_->Run().ok());
  EXPECT_TRUE((*pump)->ended());
}

TEST_F(PumpTest, ReadsOnWhenWhatIsLostIsHeard) {
  Pipe in = MakePipe();
  Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  int losses = 0;
  auto pump = Pump::Start(*loop_, std::move(in.read), std::move(full),
                          {.on_end = [&] { loop_->Stop(); },
                           .on_loss =
                               [&](const Status& why) {
                                 ++losses;
                                 EXPECT_EQ(ErrnoOf(why), ENOSPC);
                               }});
  ASSERT_TRUE(pump.ok()) << pump.status();
  const std::string text(40000, 'x');
  ASSERT_EQ(write(in.write.get(), text.data(), text.size()), 40000);
  in.write.Close();
  EXPECT_TRUE(loop_->Run().ok());
  EXPECT_TRUE((*pump)->ended());
  EXPECT_EQ(losses, 1);
}

}  // namespace
}  // namespace tare::streams
