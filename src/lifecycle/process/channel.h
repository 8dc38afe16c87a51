// One end of the conversation of protocol.h.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "lifecycle/process/protocol.h"

namespace tare::lifecycle {

struct Packet {
  Tag tag = Tag::kEnd;
  std::string payload;
  std::vector<kernel::Fd> fds;
};

class Channel {
 public:
  explicit Channel(kernel::Fd fd) : fd_(std::move(fd)) {}

  // If the other side has left with a Failed, that is the error. Without `fds` it is a write(2), which a
  // seccomp filter in force lets through if it lets any program run.
  Status Tell(Tag tag, absl::string_view payload = "", const std::vector<int>& fds = {});

  // Waits for the next packet; kEnd if there will be none.
  StatusOr<Packet> Hear();

  // Waits for a packet that must be `tag`: Failed becomes its error, the end becomes one.
  StatusOr<Packet> Expect(Tag tag);

  // Child: waits for `tag`, which carries nothing, with read(2) for the same reason. Everything else is an
  // error.
  Status Await(Tag tag);

  // Child: reports why it exits.
  void TellFailure(const Status& status);

  void Close() { fd_.Close(); }
  int fd() const { return fd_.get(); }
  // Gives up the descriptor: the conversation goes on elsewhere.
  kernel::Fd Release() { return std::move(fd_); }

 private:
  Status WhyGone(const Status& broken);

  kernel::Fd fd_;
};

// InitPid: the process that a child of ours has cloned as its sibling (CLONE_PARENT), and which is thus ours
// to wait for.
StatusOr<kernel::Child> AdoptSibling(const std::string& pid);

}  // namespace tare::lifecycle
