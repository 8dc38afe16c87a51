// A container that is being created: what has been made so far is undone unless Keep() was
// reached.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "container/store.h"
#include "kernel/process.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/create/create.h"
#include "lifecycle/create/helper.h"
#include "lifecycle/process/channel.h"
#include "resctrl/group.h"
#include "spec/state.h"

namespace tare::lifecycle {

// Who will start the container: a later `start`, at a gate on disk; a supervisor, which does it in the same
// way but stays with the terminal; or `run` itself, over the channel.
enum class Starter { kStartCommand, kSupervisor, kDetachedRun, kForegroundRun };

// Whether it leaves before the container ends.
constexpr bool Leaves(Starter starter) {
  return starter == Starter::kStartCommand || starter == Starter::kDetachedRun;
}

// Whether init waits at a gate on disk.
constexpr bool NeedsGate(Starter starter) {
  return starter == Starter::kStartCommand || starter == Starter::kSupervisor;
}

class Creation {
 public:
  // The parent's side of create, from the claimed id to a container in status created. On an error nothing is
  // left, and the poststop hooks have run if any other hook had.
  static StatusOr<std::unique_ptr<Creation>> Create(const Runtime& runtime, const CreateOptions& options,
                                                    Starter starter);
  ~Creation();
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  // Tells init, waiting on the channel, to start; returns when the program runs and the poststart hooks have.
  Status Start();

  // The container is complete: nothing is undone any more.
  void Keep() { kept_ = true; }

  const Blueprint& blueprint() const { return blueprint_; }
  const kernel::Child& init() const { return init_; }
  // Init is the caller's from here on.
  kernel::Child Release() { return std::move(init_); }
  // The terminal's master if nobody took it with --console-socket.
  kernel::Fd TakeMaster() { return std::move(master_); }
  // Where the container says that it is ready, if blueprint().notify_socket expects it and no `start`
  // passes it on.
  kernel::Fd TakeNotifySocket() { return std::move(notify_socket_); }

 private:
  Creation(const Runtime& runtime, const CreateOptions& options, Starter starter)
      : runtime_(runtime), options_(options), starter_(starter) {}

  Status Build();
  Status MakeNotifySocket();
  cgroup::Paths Birthplace() const;
  Status NoteCgroup();
  void Mark(const cgroup::Paths& paths) const;
  Status MakeCgroup();
  Status MakeResctrlGroup();
  Status SettleCgroup();
  Status OpenEntryFds();
  Status SpawnInit();
  Status Remember();
  Status RememberMount();
  Status Serve();
  Status Answer(Packet packet);
  Status AdoptInit(const std::string& pid);
  Status OnRootfsReady();
  Status OnConsole(kernel::Fd master);
  Status OnListener(const Packet& packet);
  Status Publish();
  Status WhyInitDied();
  void Undo();

  spec::State State(spec::ContainerStatus status) const;

  const Runtime& runtime_;
  const CreateOptions& options_;
  const Starter starter_;
  Blueprint blueprint_;
  std::optional<container::Directory> directory_;
  resctrl::Group resctrl_;
  bool cgroup_begun_ = false;  // some of it may be there, and is ours
  bool cgroup_made_ = false;
  bool hooks_begun_ = false;
  bool kept_ = false;
  bool ready_ = false;
  // In the runtime's own mount namespace: the mount at the rootfs before, and the container's.
  uint64_t mount_before_ = 0;
  uint64_t rootfs_mount_ = 0;
  kernel::Child init_;
  std::optional<Channel> channel_;
  Helper helper_;
  kernel::Fd master_;
  kernel::Fd notify_socket_;
};

}  // namespace tare::lifecycle
