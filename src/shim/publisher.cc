#include "shim/publisher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/strip.h"
#include "base/log.h"
#include "shim/kept_events.h"

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

void Publisher::Publish(const std::string& bundle, absl::string_view topic, absl::string_view type_url,
                        std::string event) {
  if (path_.empty()) return;
  events_.push_back(
      {.bundle = bundle, .request = ForwardRequestFor(namespace_, topic, type_url, std::move(event))});
  if (delay_ > absl::ZeroDuration()) Keep(bundle);
  if (events_.size() == 1) SendFirst();
}

void Publisher::Keep(const std::string& bundle) {
  std::vector<std::string> requests;
  for (const Event& event : events_) {
    if (event.bundle == bundle) requests.push_back(event.request);
  }
  // They are still in memory. The bundle of a container that is deleted may be gone.
  if (KeepEvents(bundle, std::move(requests)).ok()) kept_bundles_.insert(bundle);
}

void Publisher::DropKept() {
  for (const std::string& bundle : std::exchange(kept_bundles_, {})) DropKeptEvents(bundle);
}

void Publisher::SendFirst() {
  if (!client_ || !client_->alive()) {
    StatusOr<std::unique_ptr<ttrpc::Client>> client = ttrpc::Client::Connect(loop_, path_);
    if (!client.ok()) return RetryLater(client.status());
    client_ = *std::move(client);
  }
  client_->Send({.service = kService, .method = "Forward", .payload = events_.front().request}, kTimeout,
                [this](const StatusOr<std::string>& answer) { OnAnswer(answer.status()); });
}

void Publisher::OnAnswer(const Status& status) {
  if (!status.ok() && !IsFinal(status)) return RetryLater(status);
  if (!status.ok()) log::Error("an event is dropped: containerd rejected it: ", status.message());
  if (delay_ > absl::ZeroDuration()) log::Write(log::Level::kInfo, "containerd accepts events again");
  delay_ = absl::ZeroDuration();
  events_.pop_front();
  if (!events_.empty()) return SendFirst();
  DropKept();
  NotifyIdle();
}

void Publisher::WhenIdle(std::function<void()> then) {
  when_idle_ = std::move(then);
  if (idle()) NotifyIdle();
}

void Publisher::NotifyIdle() {
  if (when_idle_) idle_notification_ = loop_.After(absl::ZeroDuration(), std::exchange(when_idle_, nullptr));
}

void Publisher::RetryLater(const Status& why) {
  if (delay_ == absl::ZeroDuration()) {
    log::Warning("events cannot be sent to containerd and are kept: ", why.message());
    std::set<std::string> bundles;
    for (const Event& event : events_) bundles.insert(event.bundle);
    for (const std::string& bundle : bundles) Keep(bundle);
  }
  delay_ = std::clamp(delay_ * 2, kFirstDelay, kLongestDelay);
  retry_ = loop_.After(delay_, [this] { SendFirst(); });
}

}  // namespace tare::shim
