#include "shim/kept_events.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "messages/events.h"
#include "ttrpc/client.h"

namespace tare::shim {
namespace {

constexpr char kFile[] = "tare-events";
constexpr size_t kMostEvents = 1000;
constexpr size_t kMostBytes = 64 << 20;
constexpr absl::Duration kSendTimeout = absl::Seconds(1);
constexpr absl::Duration kRetryAfter = absl::Milliseconds(100);
constexpr absl::Duration kRetryFor = absl::Minutes(2);

struct KeptEvents {
  std::vector<std::string> requests;
  TARE_MESSAGE("tare.KeptEvents", (1, requests));
};

using Requests = std::vector<std::string>;

// Returns the first request that was not accepted. One that containerd refuses for good counts as accepted.
Requests::const_iterator Send(const std::string& path, Requests::const_iterator begin,
                              Requests::const_iterator end) {
  return std::find_if(begin, end, [&](const std::string& request) {
    const Status sent = ttrpc::CallOnce(path,
                                        {.service = "containerd.services.events.ttrpc.v1.Events",
                                         .method = "Forward",
                                         .payload = request},
                                        kSendTimeout)
                            .status();
    return !sent.ok() && !absl::IsInvalidArgument(sent);
  });
}

// containerd waits until the standard streams of `delete` are closed, and other callers of ours may wait for
// other descriptors.
int KeepSending(const std::string& path, Requests::const_iterator begin, Requests::const_iterator end) {
  kernel::CloseAllBut(STDERR_FILENO + 1, {});
  if (setsid() < 0 || chdir("/") != 0 || !kernel::SetStandardStreams({-1, -1, -1}).ok()) return 1;
  const absl::Time until = absl::Now() + kRetryFor;
  for (; begin != end && absl::Now() < until; begin = Send(path, begin, end)) absl::SleepFor(kRetryAfter);
  return begin == end ? 0 : 1;
}

}  // namespace

std::string ForwardRequestFor(absl::string_view containerd_namespace, absl::string_view topic,
                              absl::string_view type_url, std::string event) {
  return messages::Encode(messages::ForwardRequest{
      .envelope = {.timestamp = messages::ToTimestamp(absl::Now()),
                   .containerd_namespace = std::string(containerd_namespace),
                   .topic = std::string(topic),
                   .event = {.type_url = std::string(type_url), .value = std::move(event)}}});
}

Status KeepEvents(const std::string& bundle, Requests requests) {
  if (requests.size() > kMostEvents) requests.erase(requests.begin(), requests.end() - kMostEvents);
  TARE_ASSIGN_OR_RETURN(const kernel::Fd directory, kernel::Open(bundle, O_PATH | O_DIRECTORY));
  return kernel::ReplaceFile(directory.get(), kFile,
                             messages::Encode(KeptEvents{.requests = std::move(requests)}), 0600);
}

Requests LoadKeptEvents(const std::string& bundle) {
  const StatusOr<std::string> bytes = kernel::ReadFile(absl::StrCat(bundle, "/", kFile), kMostBytes);
  if (!bytes.ok()) return {};
  return messages::Decode<KeptEvents>(*bytes).value_or(KeptEvents{}).requests;
}

void DropKeptEvents(const std::string& bundle) {
  unlink(absl::StrCat(bundle, "/", kFile).c_str());
}

void SendEvents(const std::string& address, const Requests& requests) {
  const std::string path(absl::StripPrefix(address, "unix://"));
  if (path.empty()) return;
  const auto unsent = Send(path, requests.begin(), requests.end());
  if (unsent == requests.end()) return;
  kernel::Spawn({}, [&] { return KeepSending(path, unsent, requests.end()); }).status().IgnoreError();
}

}  // namespace tare::shim
