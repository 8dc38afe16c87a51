#include "shim/tasks/operation_queue.h"

#include <gtest/gtest.h>

namespace tare::shim {
namespace {

TEST(OperationQueue, BeginsAnOperationWhenThoseBeforeItHaveEnded) {
  OperationQueue queue;
  std::string begun;
  OperationQueue::Done first, second;
  queue.Add([&](OperationQueue::Done done) {
    begun += "a";
    first = std::move(done);
  });
  queue.Add([&](OperationQueue::Done done) {
    begun += "b";
    second = std::move(done);
  });
  EXPECT_EQ(begun, "a");
  first();
  EXPECT_EQ(begun, "ab");
  second();
  queue.Add([&](const OperationQueue::Done& done) {
    begun += "c";
    done();
  });
  queue.Add([&](const OperationQueue::Done& done) {
    begun += "d";
    done();
  });
  EXPECT_EQ(begun, "abcd");
}

}  // namespace
}  // namespace tare::shim
