// The terminals are pseudo-terminals of this machine's devpts. The caller's is on standard input and output
// only while the code under test runs, so that GoogleTest's reports do not go there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <tuple>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "kernel/wait.h"
#include "terminal/pty.h"
#include "terminal/raw_mode.h"
#include "terminal/relay.h"

namespace tare::terminal {
namespace {

using kernel::Deadline;
using kernel::Fd;

struct Pipe {
  Fd read;
  Fd write;
};

Pipe MakePipe() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

Pty MakePty() {
  const StatusOr<Fd> root = kernel::Open("/", O_PATH | O_DIRECTORY);
  StatusOr<Pty> pty = root.ok() ? OpenPty(root->get()) : root.status();
  EXPECT_TRUE(pty.ok()) << pty.status();
  if (!pty.ok()) return Pty();
  EXPECT_TRUE(kernel::SetNonBlocking(pty->master.get()).ok());
  EXPECT_TRUE(kernel::SetNonBlocking(pty->slave.get()).ok());
  return *std::move(pty);
}

// What can be read of `fd` now.
std::string ReadNow(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  return text;
}

termios ModesOf(int terminal) {
  termios modes{};
  EXPECT_EQ(tcgetattr(terminal, &modes), 0);
  return modes;
}

bool Same(const termios& a, const termios& b) {
  return std::tie(a.c_iflag, a.c_oflag, a.c_cflag, a.c_lflag) ==
             std::tie(b.c_iflag, b.c_oflag, b.c_cflag, b.c_lflag) &&
         std::equal(std::begin(a.c_cc), std::end(a.c_cc), std::begin(b.c_cc));
}

using Size = std::pair<int, int>;  // rows, columns

Size SizeOf(int terminal) {
  winsize size{};
  EXPECT_EQ(ioctl(terminal, TIOCGWINSZ, &size), 0);
  return {size.ws_row, size.ws_col};
}

void Resize(const Pty& pty, uint16_t rows, uint16_t columns) {
  EXPECT_TRUE(SetSize(pty.master.get(), {.height = rows, .width = columns}).ok());
}

// Replaces standard input and output for the lifetime of the object.
class StandardStreams {
 public:
  StandardStreams(int in, int out) : in_(dup(STDIN_FILENO)), out_(dup(STDOUT_FILENO)) {
    fflush(stdout);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
  }
  ~StandardStreams() {
    dup2(in_.get(), STDIN_FILENO);
    dup2(out_.get(), STDOUT_FILENO);
  }

 private:
  Fd in_;
  Fd out_;
};

TEST(RawModeTest, GivesTheOldModesBack) {
  const Pty pty = MakePty();
  const termios before = ModesOf(pty.slave.get());
  {
    const StatusOr<RawMode> mode = RawMode::Enter(pty.slave.get(), Output::kRaw);
    ASSERT_TRUE(mode.ok()) << mode.status();
    EXPECT_TRUE(mode->active());
    EXPECT_EQ(ModesOf(pty.slave.get()).c_lflag & (ICANON | ECHO | ISIG), 0U);
    EXPECT_EQ(ModesOf(pty.slave.get()).c_oflag & OPOST, 0U);
  }
  EXPECT_TRUE(Same(ModesOf(pty.slave.get()), before));
}

TEST(RawModeTest, MayLeaveTheOutputProcessed) {
  const Pty pty = MakePty();
  const StatusOr<RawMode> mode = RawMode::Enter(pty.slave.get(), Output::kProcessed);
  ASSERT_TRUE(mode.ok()) << mode.status();
  EXPECT_EQ(ModesOf(pty.slave.get()).c_lflag & (ICANON | ECHO | ISIG), 0U);
  EXPECT_NE(ModesOf(pty.slave.get()).c_oflag & OPOST, 0U);
}

TEST(RawModeTest, LastsAsLongAsTheObjectThatItWasMovedTo) {
  const Pty pty = MakePty();
  const termios before = ModesOf(pty.slave.get());
  RawMode outer;
  {
    StatusOr<RawMode> inner = RawMode::Enter(pty.slave.get(), Output::kRaw);
    ASSERT_TRUE(inner.ok()) << inner.status();
    outer = *std::move(inner);
  }
  EXPECT_FALSE(Same(ModesOf(pty.slave.get()), before));
  outer.Leave();
  EXPECT_TRUE(Same(ModesOf(pty.slave.get()), before));
}

TEST(RawModeTest, LeavesWhatIsNotATerminalAlone) {
  const Pipe pipe = MakePipe();
  const StatusOr<RawMode> mode = RawMode::Enter(pipe.read.get(), Output::kRaw);
  ASSERT_TRUE(mode.ok()) << mode.status();
  EXPECT_FALSE(mode->active());
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    EXPECT_NE(mkdtemp(path_), nullptr);
    fd_ = *kernel::Open(path_, O_RDONLY | O_DIRECTORY);
  }
  ~TemporaryDirectory() {
    EXPECT_TRUE(kernel::EmptyDirectory(fd_.get()).ok());
    rmdir(path_);
  }
  std::string path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  char path_[32] = "/tmp/tare-terminal.XXXXXX";
  Fd fd_;
};

TEST(PtyTest, IsMadeByAMultiplexerOnly) {
  const TemporaryDirectory root;
  ASSERT_TRUE(kernel::MakeDirectories(root.path() + "/dev/pts", 0755).ok());
  ASSERT_TRUE(kernel::Open(root.path() + "/dev/pts/ptmx", O_WRONLY | O_CREAT, 0666).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenPty(root.fd()).status()));
}

TEST(PtyTest, BecomesControllingTerminalAndStandardStreams) {
  const Pty pty = MakePty();
  const int slave = pty.slave.get();
  const StatusOr<kernel::Child> child = kernel::Spawn({}, [slave] {
    if (setsid() < 0 || !MakeControlling(slave).ok() || !MakeStandardStreams(slave, 12).ok()) return 1;
    struct stat st {};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
      if (fstat(fd, &st) != 0 || st.st_uid != 12 || tcgetsid(fd) != getpid()) return 2 + fd;
    return 0;
  });
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(kernel::Wait(*child).value(), 0);
}

TEST(PtyTest, IsPreparedForARelayWithOurSizeAndWithoutCarriageReturns) {
  const Pty ours = MakePty();
  const Pty pty = MakePty();
  Resize(ours, 33, 99);
  {
    const StandardStreams streams(ours.slave.get(), ours.slave.get());
    ASSERT_TRUE(PrepareForRelay(pty.master.get()).ok());
  }
  EXPECT_EQ(SizeOf(pty.slave.get()), Size(33, 99));
  ASSERT_EQ(write(pty.slave.get(), "a\n", 2), 2);
  EXPECT_EQ(ReadNow(pty.master.get()), "a\n");
}

TEST(PtyTest, SendsTheMasterToTheConsoleSocket) {
  const TemporaryDirectory directory;
  const StatusOr<Fd> listener = kernel::ListenUnix(directory.fd(), "socket", SOCK_STREAM);
  ASSERT_TRUE(listener.ok()) << listener.status();
  const Pty pty = MakePty();
  ASSERT_TRUE(SendMaster(directory.path() + "/socket", pty.master.get()).ok());
  const StatusOr<Fd> socket = kernel::Accept(listener->get());
  ASSERT_TRUE(socket.ok()) << socket.status();
  const StatusOr<kernel::Message> message = kernel::Receive(socket->get());
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->bytes, "/dev/ptmx");
  ASSERT_EQ(message->fds.size(), 1U);
  ASSERT_EQ(write(pty.slave.get(), "x", 1), 1);
  EXPECT_EQ(ReadNow(message->fds[0].get()), "x");
}

// The caller's terminal, or pipes in its place, and a container's.
class RelayTest : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    Resize(callers_, 33, 99);
    in_ = callers_.slave.get();
    out_ = callers_.slave.get();
    StatusOr<Fd> master = kernel::Duplicate(containers_.master.get());
    ASSERT_TRUE(master.ok()) << master.status();
    relay_.emplace(*std::move(master));
  }

  void Begin() {
    Status begun;
    {
      const StandardStreams streams(in_, out_);
      begun = relay_->Begin();
    }
    ASSERT_TRUE(begun.ok()) << begun;
  }

  void TearDown() override { End(); }

  void End() {
    const StandardStreams streams(in_, out_);
    relay_.reset();
  }

  // Lets the relay copy until `done`; false if that never happens.
  bool CopyUntil(const std::function<bool()>& done) {
    const Deadline deadline = Deadline::After(absl::Seconds(20));
    while (!done()) {
      if (deadline.passed()) return false;
      CopyOnce();
    }
    return true;
  }

  // False if there was nothing to do for a while.
  bool CopyOnce() {
    const StandardStreams streams(in_, out_);
    std::vector<pollfd> waiting = {pollfd{.fd = -1, .events = 0, .revents = 0}};
    relay_->AddTo(waiting);
    const StatusOr<bool> ready = kernel::WaitForAny(waiting, Deadline::After(absl::Milliseconds(100)));
    relay_->Copy(waiting, 1);
    return ready.ok() && *ready;
  }

  void Drain() {
    const StandardStreams streams(in_, out_);
    relay_->Drain();
  }

  bool IsShown(absl::string_view text) {
    shown_ += ReadNow(callers_.master.get());
    return shown_ == text;
  }

  bool IsRead(absl::string_view text) {
    read_ += ReadNow(containers_.slave.get());
    return read_ == text;
  }

  const Pty callers_ = MakePty();
  Pty containers_ = MakePty();
  int in_ = -1;
  int out_ = -1;
  std::optional<Relay> relay_;
  std::string shown_;
  std::string read_;
};

TEST_F(RelayTest, CopiesInBothDirections) {
  Begin();
  ASSERT_EQ(write(callers_.master.get(), "typed\r", 6), 6);
  EXPECT_TRUE(CopyUntil([&] { return IsRead("typed\n"); })) << read_;
  // The echo is the container's, and the carriage return of our own terminal.
  EXPECT_TRUE(CopyUntil([&] { return IsShown("typed\r\r\n"); })) << shown_;
  shown_.clear();
  ASSERT_EQ(write(containers_.slave.get(), "answer", 6), 6);
  EXPECT_TRUE(CopyUntil([&] { return IsShown("answer"); })) << shown_;
}

TEST_F(RelayTest, PutsOurTerminalInRawModeWhileItLives) {
  const termios before = ModesOf(callers_.slave.get());
  Begin();
  EXPECT_EQ(ModesOf(callers_.slave.get()).c_lflag & (ICANON | ECHO | ISIG), 0U);
  End();
  EXPECT_TRUE(Same(ModesOf(callers_.slave.get()), before));
}

TEST_F(RelayTest, FollowsOurSize) {
  Begin();
  EXPECT_EQ(SizeOf(containers_.slave.get()), Size(33, 99));
  Resize(callers_, 44, 111);
  {
    const StandardStreams streams(in_, out_);
    relay_->Resize();
  }
  EXPECT_EQ(SizeOf(containers_.slave.get()), Size(44, 111));
}

TEST_F(RelayTest, KeepsTheSizeWhenInputIsNotATerminal) {
  const Pipe input = MakePipe();
  in_ = input.read.get();
  Resize(containers_, 55, 66);
  Begin();
  EXPECT_EQ(SizeOf(containers_.slave.get()), Size(55, 66));
}

TEST_F(RelayTest, TheEndOfInputIsAnEndOfFileOnTheTerminal) {
  Pipe input = MakePipe();
  in_ = input.read.get();
  ASSERT_EQ(write(input.write.get(), "last\n", 5), 5);
  input.write.Close();
  Begin();
  EXPECT_TRUE(CopyUntil([&] {
    char buffer[16];
    const ssize_t got =
        read(containers_.slave.get(), buffer, sizeof buffer);  // EAGAIN while there is nothing
    if (got > 0) read_.append(buffer, static_cast<size_t>(got));
    return got == 0;
  }));
  EXPECT_EQ(read_, "last\n");
}

TEST_F(RelayTest, DrainsWhatTheContainerWroteLast) {
  const Pipe output = MakePipe();
  out_ = output.write.get();
  Begin();
  const std::string text(3000, 'x');
  ASSERT_EQ(write(containers_.slave.get(), text.data(), text.size()), 3000);
  containers_.slave.Close();
  Drain();
  EXPECT_EQ(ReadNow(output.read.get()), text);
}

TEST_F(RelayTest, DrainsWhileTheTerminalIsStillOpen) {
  const Pipe output = MakePipe();
  out_ = output.write.get();
  Begin();
  ASSERT_EQ(write(containers_.slave.get(), "x", 1), 1);
  Drain();
  EXPECT_EQ(ReadNow(output.read.get()), "x");
}

TEST_F(RelayTest, DrainsIntoAPipeThatIsFullAtFirst) {
  const Pipe output = MakePipe();
  out_ = output.write.get();
  Begin();
  const std::string filler(1 << 20, '.');
  const StatusOr<size_t> filled = kernel::WriteNow(out_, filler);
  ASSERT_TRUE(filled.ok()) << filled.status();
  ASSERT_EQ(write(containers_.slave.get(), "last", 4), 4);
  const StatusOr<kernel::Child> reader = kernel::Spawn({}, [&] {
    for (std::string got; got.size() < *filled + 4;) {
      absl::SleepFor(absl::Milliseconds(20));
      got += ReadNow(output.read.get());
      if (got.size() > *filled) return got.substr(*filled) == "last" ? 0 : 1;
    }
    return 2;
  });
  ASSERT_TRUE(reader.ok()) << reader.status();
  Drain();
  EXPECT_EQ(kernel::Wait(*reader).value(), 0);
}

// Writes to the container's terminal until it takes no more, however much is copied.
TEST_F(RelayTest, ALateReaderMakesTheContainerWaitAndMissesNothing) {
  const Pipe output = MakePipe();
  out_ = output.write.get();
  Begin();
  ASSERT_TRUE(PrepareForRelay(containers_.master.get()).ok());
  constexpr size_t kMuch = 4 << 20;  // more than all buffers on the way hold
  std::string written;
  for (bool goes_on = true; goes_on && written.size() < kMuch;) {
    const std::string chunk = absl::StrCat(written.size(), "\n");
    const ssize_t put = write(containers_.slave.get(), chunk.data(), chunk.size());
    if (put > 0) written.append(chunk, 0, static_cast<size_t>(put));
    goes_on = put > 0 || CopyOnce();
  }
  EXPECT_LT(written.size(), kMuch);
  std::string got;
  EXPECT_TRUE(CopyUntil([&] {
    got += ReadNow(output.read.get());
    return got.size() >= written.size();
  }));
  EXPECT_EQ(got, written);
}

TEST_F(RelayTest, TheContainerGoesOnWhenNobodyReads) {
  Pipe output = MakePipe();
  out_ = output.write.get();
  output.read.Close();
  Begin();
  constexpr size_t kMuch = 1 << 20;
  const std::string chunk(1024, 'x');
  size_t written = 0;
  EXPECT_TRUE(CopyUntil([&] {
    const ssize_t put = write(containers_.slave.get(), chunk.data(), chunk.size());
    if (put > 0) written += static_cast<size_t>(put);
    return written >= kMuch;
  })) << written;
}

}  // namespace
}  // namespace tare::terminal
