// One end of the connection of protocol.h.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "setup/protocol.h"

namespace tare::setup {

struct Packet {
  Tag tag = Tag::kEnd;
  std::string payload;
  std::vector<kernel::Fd> fds;
};

class Channel {
 public:
  explicit Channel(kernel::Fd fd) : fd_(std::move(fd)) {}

  // Without `fds` this is a write(2), which every seccomp filter allows that lets a program run.
  Status Send(Tag tag, absl::string_view payload = "", const std::vector<int>& fds = {});

  // The same, but it is not an error if the other side has closed: it may have sent Failed before, which the
  // caller receives next.
  Status SendIfOpen(Tag tag, absl::string_view payload = "", const std::vector<int>& fds = {});

  // Waits for the next packet; kEnd if the other side has closed.
  StatusOr<Packet> Receive();

  // Waits for a packet that must be `tag`. Failed is the error that it carries; the end is an error, too.
  StatusOr<Packet> Expect(Tag tag);

  // Child: waits for `tag` without payload and descriptors, with read(2), which a filter allows as it does
  // write(2). Everything else is an error.
  Status Await(Tag tag);

  // Child: sends the reason why it exits.
  void SendFailure(const Status& status);

  void Close() { fd_.Close(); }
  int fd() const { return fd_.get(); }

 private:
  kernel::Fd fd_;
};

// The parent's and the child's end, in this order.
StatusOr<std::pair<Channel, Channel>> ChannelPair();

}  // namespace tare::setup
