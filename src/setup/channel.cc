#include "setup/channel.h"

#include <unistd.h>

#include <cerrno>

#include "kernel/socket.h"

namespace tare::setup {
namespace {

Status Write(int socket, absl::string_view packet) {
  while (write(socket, packet.data(), packet.size()) < 0)
    if (errno != EINTR) return ErrnoError(errno, "write");
  return absl::OkStatus();
}

Status OtherSideExited() {
  return absl::AbortedError("the other process of the runtime has exited");
}

}  // namespace

Status Channel::Send(Tag tag, absl::string_view payload, const std::vector<int>& fds) {
  const std::string packet = absl::StrCat(std::string(1, static_cast<char>(tag)), payload);
  return fds.empty() ? Write(fd_.get(), packet) : kernel::Send(fd_.get(), packet, fds);
}

Status Channel::SendIfOpen(Tag tag, absl::string_view payload, const std::vector<int>& fds) {
  Status sent = Send(tag, payload, fds);
  const int error = ErrnoOf(sent);  // ECONNRESET: it has not read all that was sent before
  return error == EPIPE || error == ECONNRESET ? absl::OkStatus() : sent;
}

StatusOr<Packet> Channel::Receive() {
  TARE_ASSIGN_OR_RETURN(kernel::Message message, kernel::Receive(fd_.get()));
  if (message.bytes.empty()) return Packet{};
  return Packet{static_cast<Tag>(message.bytes[0]), message.bytes.substr(1), std::move(message.fds)};
}

StatusOr<Packet> Channel::Expect(Tag tag) {
  TARE_ASSIGN_OR_RETURN(Packet packet, Receive());
  if (packet.tag == tag) return packet;
  if (packet.tag == Tag::kFailed) return ParseStatus(packet.payload);
  if (packet.tag == Tag::kEnd) return OtherSideExited();
  return absl::InternalError(absl::StrCat("unexpected message '",
                                          std::string(1, static_cast<char>(packet.tag)),
                                          "' between the runtime and its child"));
}

Status Channel::Await(Tag tag) {
  char received = 0;
  ssize_t got = 0;
  while ((got = read(fd_.get(), &received, 1)) < 0)
    if (errno != EINTR) return ErrnoError(errno, "read");
  if (got == 0) return OtherSideExited();
  return received == static_cast<char>(tag) ? absl::OkStatus()
                                            : absl::InternalError("unexpected message from the runtime");
}

void Channel::SendFailure(const Status& status) {
  std::string text = SerializeStatus(status);
  if (text.size() >= kernel::kMaxMessage) text.resize(kernel::kMaxMessage - 1);
  (void)Send(Tag::kFailed, text);
}

StatusOr<std::pair<Channel, Channel>> ChannelPair() {
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  return std::pair(Channel(std::move(ends.first)), Channel(std::move(ends.second)));
}

}  // namespace tare::setup
