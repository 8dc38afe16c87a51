// rtnetlink(7): requests to one network namespace, and the kernel's answers.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::network {

// One rtnetlink message without its nlmsghdr: a fixed part (ifinfomsg, ifaddrmsg) and attributes.
struct Message {
  uint16_t type = 0;  // RTM_*
  std::string bytes;
};

template <typename Fixed>
Message MakeMessage(uint16_t type, const Fixed& fixed) {
  return {type, std::string(reinterpret_cast<const char*>(&fixed), sizeof fixed)};
}
void AddAttribute(Message& message, uint16_t type, absl::string_view value);
void AddNumber(Message& message, uint16_t type, uint32_t value);

struct Attribute {
  uint16_t type = 0;
  absl::string_view value;  // part of the message
};

// The fixed part; all zero if the message is too short to have one.
template <typename Fixed>
Fixed FixedPart(const Message& message) {
  Fixed fixed{};
  if (message.bytes.size() >= sizeof fixed) std::memcpy(&fixed, message.bytes.data(), sizeof fixed);
  return fixed;
}

// The attributes after a fixed part of `fixed_size` bytes.
std::vector<Attribute> Attributes(const Message& message, size_t fixed_size);

// A socket always belongs to the network namespace in which it was made, even if its owner enters another.
class Netlink {
 public:
  // In the namespace of the calling thread.
  static StatusOr<Netlink> Open();

  // In the namespace `netns`. The calling thread enters it briefly (setns(2)), which
  // needs CAP_SYS_ADMIN there.
  StatusOr<Netlink> OpenIn(int netns) const;

  // Sends the request and returns the answer, which has no messages if the request is a change. An error has
  // the kernel's errno and its explanation, if there is one (NETLINK_EXT_ACK). `flags` is NLM_F_DUMP or 0.
  StatusOr<std::vector<Message>> Ask(const Message& request, uint16_t flags = 0);

  // The namespace that the socket belongs to.
  StatusOr<kernel::Fd> Namespace() const;

 private:
  explicit Netlink(kernel::Fd socket) : socket_(std::move(socket)) {}

  Status Send(const Message& request, uint16_t flags);

  kernel::Fd socket_;
  uint32_t sequence_ = 0;
};

}  // namespace tare::network
