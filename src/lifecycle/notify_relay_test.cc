#include "lifecycle/notify_relay.h"

#include <gtest/gtest.h>

namespace tare::lifecycle {
namespace {

TEST(NotifyRelay, ReadyIsALineOfItsOwn) {
  for (const char* message : {"READY=1", "READY=1\n", "STATUS=up\nREADY=1", "READY=1\nMAINPID=1\n"})
    EXPECT_TRUE(SaysReady(message)) << message;
  for (const char* message : {"", "\n", "READY=", "READY=0", "READY=10", " READY=1", "XREADY=1", "READY=1 ",
                              "STATUS=READY=1", "ready=1"})
    EXPECT_FALSE(SaysReady(message)) << message;
}

}  // namespace
}  // namespace tare::lifecycle
