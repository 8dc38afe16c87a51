#include "kernel/file_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "kernel/fd.h"

namespace tare::kernel {
namespace {

// A file, and a descriptor of it that shares no lock with others.
class FileLockTest : public testing::Test {
 protected:
  Fd OpenAgain() const {
    return Fd(open(("/proc/self/fd/" + std::to_string(file_.get())).c_str(), O_RDWR | O_CLOEXEC));
  }

 private:
  Fd file_{memfd_create("locked", MFD_CLOEXEC)};
};

TEST_F(FileLockTest, OnlyOneHoldsIt) {
  Fd first = OpenAgain();
  const Fd second = OpenAgain();
  EXPECT_TRUE(LockFile(first.get(), "it").ok());
  EXPECT_FALSE(*TryToLockFile(second.get(), "it"));
  first = Fd();
  EXPECT_TRUE(*TryToLockFile(second.get(), "it"));
}

TEST_F(FileLockTest, ASignalDoesNotEndTheWait) {
  struct sigaction nothing = {}, before;
  nothing.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &nothing, &before), 0);
  Fd held = OpenAgain();
  const Fd second = OpenAgain();
  ASSERT_TRUE(LockFile(held.get(), "it").ok());
  std::thread other([&held, waits = pthread_self()] {
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      pthread_kill(waits, SIGUSR1);
    }
    held = Fd();
  });
  const Status locked = LockFile(second.get(), "it");
  other.join();
  EXPECT_TRUE(locked.ok()) << locked;
  EXPECT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
}

TEST_F(FileLockTest, AnErrorNamesTheCallAndTheFile) {
  EXPECT_EQ(LockFile(-1, "/x").message(), "flock(/x): bad file descriptor");
  EXPECT_EQ(TryToLockFile(-1, "/x").status().message(), "flock(/x): bad file descriptor");
}

}  // namespace
}  // namespace tare::kernel
