#include "kernel/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "kernel/file.h"
#include "kernel/process.h"

namespace tare::kernel {
namespace {

TEST(DescriptorsTest, NonBlockingIsOneFlagAmongOthers) {
  const StatusOr<Fd> file = Open("/dev/zero", O_RDWR | O_APPEND);
  ASSERT_TRUE(file.ok()) << file.status();
  const int before = fcntl(file->get(), F_GETFL);
  EXPECT_TRUE(SetNonBlocking(file->get()).ok());
  EXPECT_EQ(fcntl(file->get(), F_GETFL), before | O_NONBLOCK);
  EXPECT_TRUE(SetBlocking(file->get()).ok());
  EXPECT_EQ(fcntl(file->get(), F_GETFL), before);
  EXPECT_EQ(ErrnoOf(SetNonBlocking(-1)), EBADF);
}

TEST(DescriptorsTest, WriteNowStopsWhereItWouldWait) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const std::string text(1 << 20, 'x');  // more than a pipe holds
  StatusOr<size_t> written = WriteNow(writer.get(), text);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_GT(*written, 0U);
  EXPECT_LT(*written, text.size());
  written = WriteNow(writer.get(), text);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(*written, 0U);
}

TEST(DescriptorsTest, WriteNowReportsARefusal) {
  const StatusOr<Fd> full = Open("/dev/full", O_WRONLY);
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(ErrnoOf(WriteNow(full->get(), "x").status()), ENOSPC);
}

TEST(DescriptorsTest, StandardStreamsAreThoseGivenOrNull) {
  const StatusOr<Fd> zero = Open("/dev/zero", O_RDWR);
  ASSERT_TRUE(zero.ok()) << zero.status();
  const StatusOr<Child> child = Spawn({}, [&] {
    if (!SetStandardStreams({-1, zero->get(), -1}).ok()) return 1;
    const dev_t expected[] = {makedev(1, 3), makedev(1, 5), makedev(1, 3)};  // null, zero, null
    struct stat st {};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
      if (fstat(fd, &st) != 0 || st.st_rdev != expected[fd] || fcntl(fd, F_GETFD) != 0) return 2 + fd;
    return fcntl(zero->get(), F_GETFD) < 0 ? 5 : 0;
  });
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(Wait(*child).value(), 0);
}

}  // namespace
}  // namespace tare::kernel
