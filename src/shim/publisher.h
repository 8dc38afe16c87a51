// Tells containerd what happens to containers, one event at a time and in order.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/loop.h"
#include "ttrpc/client.h"

namespace tare::shim {

// An event is kept and tried again, without end, until containerd has accepted it: also while containerd is
// being restarted. If an exit were lost, its engine would believe for ever that the container is
// running. containerd may get one twice if its answer gets lost.
class Publisher {
 public:
  // `address` is TTRPC_ADDRESS, a path with or without "unix://"; if it is empty, events are dropped.
  Publisher(kernel::Loop& loop, absl::string_view address, std::string containerd_namespace);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // `event` is the encoded message of type `type_url`. It happened now, whenever it is sent.
  void Publish(absl::string_view topic, absl::string_view type_url, std::string event);

  // True if containerd has accepted all of them.
  bool idle() const { return events_.empty(); }
  // Calls `then` when it has, in the Loop's next round at the earliest. Replaces an earlier one.
  void WhenIdle(std::function<void()> then);

 private:
  void TellIdle();
  void SendFirst();
  void OnAnswer(const Status& status);
  void TryLater(const Status& why);

  kernel::Loop& loop_;
  std::string path_;
  std::string namespace_;
  std::deque<std::string> events_;  // ForwardRequests; the first is being sent, or waits for retry_
  std::unique_ptr<ttrpc::Client> client_;
  kernel::Loop::Registration retry_;
  std::function<void()> when_idle_;
  kernel::Loop::Registration until_idle_told_;
  absl::Duration delay_;  // before the next try; zero unless the last one failed
};

}  // namespace tare::shim
