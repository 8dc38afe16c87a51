#include "setup/channel.h"

#include <unistd.h>

#include <cerrno>

#include "base/step.h"
#include "kernel/socket.h"

namespace tare::setup {
namespace {

Status Write(int socket, absl::string_view packet) {
  while (write(socket, packet.data(), packet.size()) < 0)
    if (errno != EINTR) return ErrnoError(errno, "write");
  return absl::OkStatus();
}

const char* Meaning(Tag tag) {
  switch (tag) {
    case Tag::kMapped:
      return "the ID maps are written";
    case Tag::kCgroups:
      return "the cgroups are made";
    case Tag::kSecondClone:
      return "a second process is cloned";
    case Tag::kAdopted:
      return "the second process is adopted";
    case Tag::kContained:
      return "it is in its namespaces";
    case Tag::kGo:
      return "go on";
    case Tag::kSource:
      return "the source of a bind mount";
    case Tag::kNode:
      return "a device node";
    case Tag::kConsole:
      return "the terminal";
    case Tag::kListener:
      return "the listener of the seccomp filter";
    case Tag::kReady:
      return "ready";
    case Tag::kStart:
      return "start";
    case Tag::kHooksRan:
      return "the startContainer hooks have run";
    case Tag::kFailed:
      return "an error";
    case Tag::kEnd:
      return "the connection has ended";
  }
  return "";
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
  Tag tag = Tag::kEnd;
  TARE_STEP("wait for the other process: ", Meaning(tag));
  TARE_ASSIGN_OR_RETURN(kernel::Message message, kernel::Receive(fd_.get()));
  if (message.bytes.empty()) return Packet{};
  tag = static_cast<Tag>(message.bytes[0]);
  return Packet{tag, message.bytes.substr(1), std::move(message.fds)};
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
