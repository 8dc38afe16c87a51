#include "lifecycle/child_process.h"

#include <cstring>

namespace tare::lifecycle {
namespace {

// The bytes of the message. Its descriptors are the pidfd and those that are present, in this order.
struct Header {
  pid_t pid = 0;
  bool has_master = false;
  bool has_notify = false;
};

}  // namespace

kernel::Message ToMessage(ChildProcess child) {
  Header header{};
  header.pid = child.process.pid;
  header.has_master = static_cast<bool>(child.master);
  header.has_notify = static_cast<bool>(child.notify);
  kernel::Message message{.bytes = std::string(reinterpret_cast<const char*>(&header), sizeof header)};
  message.fds.push_back(std::move(child.process.pidfd));
  if (header.has_master) message.fds.push_back(std::move(child.master));
  if (header.has_notify) message.fds.push_back(std::move(child.notify));
  return message;
}

StatusOr<ChildProcess> ParseChildProcess(kernel::Message message) {
  Header header;
  if (message.bytes.size() == sizeof header) std::memcpy(&header, message.bytes.data(), sizeof header);
  const size_t descriptors = 1U + (header.has_master ? 1U : 0U) + (header.has_notify ? 1U : 0U);
  if (header.pid == 0 || message.fds.size() != descriptors)
    return absl::InternalError("malformed result from the worker");
  ChildProcess child;
  child.process.pid = header.pid;
  child.process.pidfd = std::move(message.fds[0]);
  if (header.has_master) child.master = std::move(message.fds[1]);
  if (header.has_notify) child.notify = std::move(message.fds.back());
  return child;
}

}  // namespace tare::lifecycle
