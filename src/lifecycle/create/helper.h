// A copy of the runtime that does for init, while it builds the rootfs, what takes more rights than init has
// in its user namespace.
#pragma once

#include <optional>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/process/channel.h"

namespace tare::lifecycle {

// The runtime's side.
class Helper {
 public:
  // Init's end of the conversation, to be closed here once init has it; none if init needs no help.
  StatusOr<kernel::Fd> Start(const Blueprint& blueprint);

  // The rootfs is built.
  void End() { child_.reset(); }

 private:
  std::optional<kernel::ChildGuard> child_;
};

// Init's side; what it can do itself it does.
class Helped {
 public:
  // `end`: what Helper::Start() gave.
  Helped(const Blueprint& blueprint, kernel::Fd end);

  // The source of a bind mount of the plan, detached.
  StatusOr<rootfs::BindSource> OpenSource(const rootfs::MountStep& step);

  // A mount of the node of a device of the plan, detached, where init may make none.
  StatusOr<kernel::Fd> OpenNode(const spec::Device& device);

 private:
  StatusOr<Packet> Ask(Tag tag, size_t position, const std::vector<int>& fds);

  const Blueprint& blueprint_;
  std::optional<Channel> channel_;
};

}  // namespace tare::lifecycle
