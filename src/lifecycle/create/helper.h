// A copy of the runtime that helps init to build the rootfs, with what needs more privileges than init has in
// its user namespace.
#pragma once

#include <optional>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "lifecycle/create/blueprint.h"
#include "setup/channel.h"

namespace tare::lifecycle {

// The runtime's side.
class Helper {
 public:
  // Returns init's end of the connection, to be closed here once init has it. No descriptor: init
  // needs no help.
  StatusOr<kernel::Fd> Start(const Blueprint& blueprint);

  // Ends the helper: the rootfs is built.
  void End() { child_.reset(); }

 private:
  std::optional<kernel::ChildGuard> child_;
};

// Init's side. It asks the helper only for what it cannot do itself.
class Helped {
 public:
  // `end` is what Helper::Start() returned.
  Helped(const Blueprint& blueprint, kernel::Fd end);

  // The source of a bind mount of the plan, detached.
  StatusOr<rootfs::BindSource> OpenSource(const rootfs::MountStep& step);

  // A detached mount of the node of a device of the plan, where init may not make nodes.
  StatusOr<kernel::Fd> OpenNode(const spec::Device& device);

 private:
  StatusOr<setup::Packet> Ask(setup::Tag tag, size_t position, const std::vector<int>& fds);

  const Blueprint& blueprint_;
  std::optional<setup::Channel> channel_;
};

}  // namespace tare::lifecycle
