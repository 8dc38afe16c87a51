#include "shim/publisher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "messages/events.h"

namespace tare::shim {
namespace {

constexpr char kService[] = "containerd.services.events.ttrpc.v1.Events";
constexpr absl::Duration kTimeout = absl::Seconds(5);
constexpr absl::Duration kFirstDelay = absl::Milliseconds(50);
constexpr absl::Duration kLongestDelay = absl::Seconds(5);

// Whether sending again cannot help, because the event is malformed or too large.
bool IsFinal(const Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status);
}

}  // namespace

Publisher::Publisher(kernel::Loop& loop, absl::string_view address, std::string containerd_namespace)
    : loop_(loop),
      path_(absl::StripPrefix(address, "unix://")),
      namespace_(std::move(containerd_namespace)) {}

void Publisher::Publish(absl::string_view topic, absl::string_view type_url, std::string event) {
  if (path_.empty()) return;
  const messages::ForwardRequest request{
      .envelope = {.timestamp = messages::ToTimestamp(absl::Now()),
                   .containerd_namespace = namespace_,
                   .topic = std::string(topic),
                   .event = {.type_url = std::string(type_url), .value = std::move(event)}}};
  events_.push_back(messages::Encode(request));
  if (events_.size() == 1) SendFirst();
}

void Publisher::SendFirst() {
  if (!client_ || !client_->alive()) {
    StatusOr<std::unique_ptr<ttrpc::Client>> client = ttrpc::Client::Connect(loop_, path_);
    if (!client.ok()) return RetryLater(client.status());
    client_ = *std::move(client);
  }
  client_->Send({.service = kService, .method = "Forward", .payload = events_.front()}, kTimeout,
                [this](const StatusOr<std::string>& answer) { OnAnswer(answer.status()); });
}

void Publisher::OnAnswer(const Status& status) {
  if (!status.ok() && !IsFinal(status)) return RetryLater(status);
  if (!status.ok()) log::Error("an event is dropped: containerd rejected it: ", status.message());
  if (delay_ > absl::ZeroDuration()) log::Write(log::Level::kInfo, "containerd accepts events again");
  delay_ = absl::ZeroDuration();
  events_.pop_front();
  events_.empty() ? NotifyIdle() : SendFirst();
}

void Publisher::WhenIdle(std::function<void()> then) {
  when_idle_ = std::move(then);
  if (idle()) NotifyIdle();
}

void Publisher::NotifyIdle() {
  if (when_idle_) idle_notification_ = loop_.After(absl::ZeroDuration(), std::exchange(when_idle_, nullptr));
}

void Publisher::RetryLater(const Status& why) {
  if (delay_ == absl::ZeroDuration())
    log::Warning("events cannot be sent to containerd and are kept: ", why.message());
  delay_ = std::clamp(delay_ * 2, kFirstDelay, kLongestDelay);
  retry_ = loop_.After(delay_, [this] { SendFirst(); });
}

}  // namespace tare::shim
