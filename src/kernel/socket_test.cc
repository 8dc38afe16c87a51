#include "kernel/socket.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>

#include "kernel/file.h"
#include "kernel/process.h"

namespace tare::kernel {
namespace {

TEST(Socket, OneSendIsOneReceiveAndDescriptorsArrive) {
  auto ends = *SeqpacketPair();
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  Fd read_end(pipe_ends[0]);
  Fd write_end(pipe_ends[1]);
  ASSERT_TRUE(Send(ends.first.get(), "one", {write_end.get()}).ok());
  ASSERT_TRUE(Send(ends.first.get(), "two").ok());
  StatusOr<Message> one = Receive(ends.second.get());
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->bytes, "one");
  ASSERT_EQ(one->fds.size(), 1u);
  EXPECT_EQ(write(one->fds[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(Receive(ends.second.get())->bytes, "two");
}

TEST(Socket, TheEndIsAnEmptyMessage) {
  auto ends = *SeqpacketPair();
  ends.first.Close();
  EXPECT_EQ(Receive(ends.second.get())->bytes, "");
  EXPECT_EQ(ErrnoOf(Send(ends.second.get(), "x")), EPIPE);
}

// The message of a child that fails before it has read ours must still arrive.
TEST(Socket, LastWordsAreHeardThoughMessagesWereUnread) {
  auto ends = *SeqpacketPair();
  ASSERT_TRUE(Send(ends.first.get(), "unread").ok());
  ASSERT_TRUE(Send(ends.second.get(), "last words").ok());
  ends.second.Close();
  EXPECT_EQ(Receive(ends.first.get())->bytes, "last words");
  EXPECT_EQ(Receive(ends.first.get())->bytes, "");
}

TEST(Socket, PathsMayBeLongerThanAnAddress) {
  char top[] = "/tmp/tare-socket.XXXXXX";
  ASSERT_NE(mkdtemp(top), nullptr);
  const std::string directory = absl::StrCat(top, "/", std::string(150, 'd'));
  std::filesystem::create_directory(directory);
  {
    Fd dir = *Open(directory, O_PATH | O_DIRECTORY);
    Fd listener = *ListenUnix(dir.get(), "gate", SOCK_SEQPACKET);
    EXPECT_TRUE(ConnectUnix(directory + "/gate", SOCK_SEQPACKET).ok());
    EXPECT_TRUE(Accept(listener.get()).ok());
    EXPECT_EQ(ErrnoOf(ConnectUnix(directory + "/none", SOCK_SEQPACKET).status()), ENOENT);
  }
  std::filesystem::remove_all(top);
}

TEST(Socket, AnAbstractNameIsNoPath) {
  const std::string name = absl::StrCat("tare-socket-test-", getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  Fd receiver(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(receiver.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  StatusOr<Fd> sender = ConnectAbstract(name, SOCK_DGRAM);
  ASSERT_TRUE(sender.ok());
  ASSERT_TRUE(Send(sender->get(), "hello").ok());
  EXPECT_EQ(Receive(receiver.get())->bytes, "hello");
  EXPECT_EQ(ErrnoOf(ConnectAbstract(name + "x", SOCK_DGRAM).status()), ECONNREFUSED);
  EXPECT_EQ(ErrnoOf(ConnectAbstract(std::string(108, 'x'), SOCK_DGRAM).status()), ENAMETOOLONG);
}

TEST(File, EmptyDirectoryFollowsNoLink) {
  char top[] = "/tmp/tare-remove.XXXXXX";
  ASSERT_NE(mkdtemp(top), nullptr);
  const std::filesystem::path directory = top;
  std::filesystem::create_directories(directory / "tree/below/empty");
  std::filesystem::create_directory(directory / "kept");
  std::filesystem::create_symlink("/nowhere", directory / "kept/file");
  std::filesystem::create_symlink(directory / "kept", directory / "tree/below/link");
  {
    Fd tree = *Open(directory / "tree", O_RDONLY | O_DIRECTORY);
    EXPECT_TRUE(EmptyDirectory(tree.get()).ok());
    EXPECT_TRUE(EmptyDirectory(tree.get()).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory / "tree"));
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "kept/file"));
  std::filesystem::remove_all(directory);
}

TEST(Process, AGuardedChildDoesNotOutliveItsGuard) {
  StatusOr<Child> child = Spawn({}, [] {
    for (;;) pause();
    return 0;
  });
  ASSERT_TRUE(child.ok());
  const pid_t pid = child->pid;
  { ChildGuard guard(*std::move(child)); }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(Process, ExitCodesAreAShells) {
  EXPECT_EQ(ExitCode(*Wait(*Spawn({}, [] { return 7; }))), 7);
  EXPECT_EQ(ExitCode(*Wait(*Spawn({}, [] { return raise(SIGKILL); }))), 128 + SIGKILL);
}

}  // namespace
}  // namespace tare::kernel
