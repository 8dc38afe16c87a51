#include "network/netlink.h"

#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace tare::network {
namespace {

constexpr size_t kReceiveSize = 65536;  // the kernel sends at most 32 KiB at once

// The explanation in an error message. It follows the nlmsgerr and the request, which may be left out.
std::string Explanation(absl::string_view payload, uint16_t flags) {
  if (!(flags & NLM_F_ACK_TLVS) || payload.size() < sizeof(nlmsgerr)) return "";
  nlmsgerr error;
  std::memcpy(&error, payload.data(), sizeof error);
  const size_t request = flags & NLM_F_CAPPED ? 0 : NLMSG_ALIGN(error.msg.nlmsg_len) - sizeof error.msg;
  const Message message{NLMSG_ERROR, std::string(payload)};
  for (const Attribute& attribute : Attributes(message, sizeof error + request))
    if (attribute.type == NLMSGERR_ATTR_MSG) return absl::StrCat(" (", attribute.value.data(), ")");
  return "";
}

// NLMSG_ERROR and NLMSG_DONE begin with a negative errno, or 0.
Status Verdict(absl::string_view payload, uint16_t flags) {
  int error = 0;
  if (payload.size() < sizeof error) return ErrnoError(EPROTO, "rtnetlink");
  std::memcpy(&error, payload.data(), sizeof error);
  if (error == 0) return absl::OkStatus();
  return ErrnoError(-error, absl::StrCat("rtnetlink", Explanation(payload, flags)));
}

// Appends the messages of one datagram. Returns true when the answer is complete.
StatusOr<bool> Take(absl::string_view datagram, uint32_t sequence, std::vector<Message>& answer) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size())
      return ErrnoError(EPROTO, "rtnetlink");
    const absl::string_view payload = datagram.substr(sizeof header, header.nlmsg_len - sizeof header);
    datagram.remove_prefix(std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    if (header.nlmsg_seq != sequence) continue;
    // The tables have changed while they were listed, so something may be missing.
    if (header.nlmsg_flags & NLM_F_DUMP_INTR) return ErrnoError(EINTR, "rtnetlink");
    if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) {
      TARE_RETURN_IF_ERROR(Verdict(payload, header.nlmsg_flags));
      return true;
    }
    answer.push_back({header.nlmsg_type, std::string(payload)});
  }
  return false;
}

}  // namespace

void AddAttribute(Message& message, uint16_t type, absl::string_view value) {
  const rtattr header{.rta_len = static_cast<uint16_t>(RTA_LENGTH(value.size())), .rta_type = type};
  message.bytes.resize(RTA_ALIGN(message.bytes.size()));
  message.bytes.append(reinterpret_cast<const char*>(&header), sizeof header);
  message.bytes.append(value.data(), value.size());
}

void AddNumber(Message& message, uint16_t type, uint32_t value) {
  AddAttribute(message, type, {reinterpret_cast<const char*>(&value), sizeof value});
}

std::vector<Attribute> Attributes(const Message& message, size_t fixed_size) {
  std::vector<Attribute> attributes;
  absl::string_view rest = message.bytes;
  rest.remove_prefix(std::min<size_t>(NLMSG_ALIGN(fixed_size), rest.size()));
  while (rest.size() >= sizeof(rtattr)) {
    rtattr header;
    std::memcpy(&header, rest.data(), sizeof header);
    if (header.rta_len < sizeof header || header.rta_len > rest.size()) break;
    const uint16_t type = header.rta_type & NLA_TYPE_MASK;
    attributes.push_back({type, rest.substr(sizeof header, header.rta_len - sizeof header)});
    rest.remove_prefix(std::min<size_t>(RTA_ALIGN(header.rta_len), rest.size()));
  }
  return attributes;
}

StatusOr<Netlink> Netlink::Open() {
  kernel::Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return ErrnoError(errno, "socket(AF_NETLINK)");
  const int on = 1;
  // If this fails, only the text of errors is different.
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  return Netlink(std::move(fd));
}

StatusOr<Netlink> Netlink::OpenIn(int netns) const {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd home, Namespace());
  if (setns(netns, CLONE_NEWNET) != 0) return ErrnoError(errno, "setns(CLONE_NEWNET)");
  StatusOr<Netlink> there = Open();
  if (setns(home.get(), CLONE_NEWNET) != 0)
    return ErrnoError(errno, "setns(CLONE_NEWNET), back to the runtime's");
  return there;
}

StatusOr<kernel::Fd> Netlink::Namespace() const {
  const int fd = ioctl(socket_.get(), SIOCGSKNS);
  if (fd < 0) return ErrnoError(errno, "ioctl(SIOCGSKNS)");
  return kernel::Fd(fd);  // always close-on-exec (Linux 4.9)
}

Status Netlink::Send(const Message& request, uint16_t flags) {
  const nlmsghdr header{.nlmsg_len = static_cast<uint32_t>(NLMSG_LENGTH(request.bytes.size())),
                        .nlmsg_type = request.type,
                        .nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags),
                        .nlmsg_seq = ++sequence_};
  const std::string bytes =
      absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&header), sizeof header), request.bytes);
  if (send(socket_.get(), bytes.data(), bytes.size(), 0) < 0) return ErrnoError(errno, "send(rtnetlink)");
  return absl::OkStatus();
}

StatusOr<std::vector<Message>> Netlink::Ask(const Message& request, uint16_t flags) {
  TARE_RETURN_IF_ERROR(Send(request, flags));
  std::vector<Message> answer;
  std::string buffer(kReceiveSize, '\0');
  for (bool complete = false; !complete;) {
    const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return ErrnoError(errno, "recv(rtnetlink)");
    if (static_cast<size_t>(size) > buffer.size()) return ErrnoError(EMSGSIZE, "recv(rtnetlink)");
    TARE_ASSIGN_OR_RETURN(complete, Take({buffer.data(), static_cast<size_t>(size)}, sequence_, answer));
  }
  return answer;
}

}  // namespace tare::network
