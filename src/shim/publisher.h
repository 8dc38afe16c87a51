// Publishes the events of containers to containerd, one at a time and in order.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/loop.h"
#include "ttrpc/client.h"

namespace tare::shim {

// An event is kept and sent again until containerd accepts it, however long containerd is away. If an exit
// were lost, the engine would believe forever that the container is running. As long as containerd does not
// accept events, they are also kept in the bundles (kept_events.h), for the case that this process is killed.
// containerd may get an event twice if its response is lost.
class Publisher {
 public:
  // `address` is TTRPC_ADDRESS, a path with or without "unix://"; if it is empty, events are dropped.
  Publisher(kernel::Loop& loop, absl::string_view address, std::string containerd_namespace);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // `event` is an encoded message of type `type_url`, about the container with this bundle. Its timestamp is
  // that of this call, not of sending.
  void Publish(const std::string& bundle, absl::string_view topic, absl::string_view type_url,
               std::string event);

  // True if containerd has accepted all events.
  bool idle() const { return events_.empty(); }
  // Calls `then` when idle, in the Loop's next round at the earliest. Replaces an earlier `then`.
  void WhenIdle(std::function<void()> then);

 private:
  void NotifyIdle();
  void SendFirst();
  void OnAnswer(const Status& status);
  void RetryLater(const Status& why);
  // Saves the events of this bundle.
  void Keep(const std::string& bundle);
  void DropKept();

  kernel::Loop& loop_;
  std::string path_;
  std::string namespace_;
  struct Event {
    std::string bundle;
    std::string request;  // a ForwardRequest
  };
  std::deque<Event> events_;            // the first one is being sent or waits for retry_
  std::set<std::string> kept_bundles_;  // which have a file of events
  std::unique_ptr<ttrpc::Client> client_;
  kernel::Loop::Registration retry_;
  std::function<void()> when_idle_;
  kernel::Loop::Registration idle_notification_;
  absl::Duration delay_;  // before the next attempt; zero if the last one succeeded
};

}  // namespace tare::shim
