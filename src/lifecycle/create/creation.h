// A container that is being created. What was made so far is undone if Keep() is not reached.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "connect/connect.h"
#include "container/container.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/create/container_cgroup.h"
#include "lifecycle/create/helper.h"
#include "lifecycle/create/init.h"
#include "resctrl/group.h"
#include "setup/parent.h"
#include "setup/process_setup.h"
#include "spec/state.h"

namespace tare::lifecycle {

// Who will start the container: a later `start`, through a gate on disk; the process whose worker we are, in
// the same way, which also keeps the terminal; or `run` itself, over the channel.
enum class Starter { kStartCommand, kWorkersParent, kDetachedRun, kForegroundRun };

// Whether we exit before the container ends, and nobody keeps its terminal.
constexpr bool Detaches(Starter starter) {
  return starter == Starter::kStartCommand || starter == Starter::kDetachedRun;
}

// Whether init waits at a gate on disk.
constexpr bool NeedsGate(Starter starter) {
  return starter == Starter::kStartCommand || starter == Starter::kWorkersParent;
}

class Creation : private setup::Parent::Story {
 public:
  // The parent's side of create, from the claimed id to a container in the created state. On an error nothing
  // is left, and the poststop hooks have run if any other hook had.
  static StatusOr<std::unique_ptr<Creation>> Create(const Runtime& runtime, const CreateOptions& options,
                                                    Starter starter);
  ~Creation() override;
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  // Starts init, which waits on the channel. Returns when the program runs and the poststart hooks have run.
  Status Start();

  // The container is complete: nothing is undone any more.
  void Keep() { kept_ = true; }

  const Blueprint& blueprint() const { return blueprint_; }
  const kernel::Child& init() const { return parent_.child(); }
  // Init belongs to the caller from here on.
  kernel::Child Release() { return parent_.Release(); }
  // The container after its init has ended, for Destroy(). Nothing but the destructor may be called any more.
  container::Container TakeEnded();
  // The terminal's master, if there is a terminal and no console socket.
  kernel::Fd TakeMaster() { return parent_.TakeMaster(); }
  // The socket on which the container reports that it is ready; none if blueprint().notify_socket is empty,
  // or if a later `start` is to listen.
  kernel::Fd TakeNotifySocket() { return std::move(notify_socket_); }

 private:
  Creation(const Runtime& runtime, const CreateOptions& options, Starter starter)
      : runtime_(runtime),
        options_(options),
        starter_(starter),
        parent_({.socket = options.console_socket, .relayed = starter == Starter::kForegroundRun}) {}

  Status Build();
  Status Plan();
  Status OpenDoor(bool notifies);
  Status MakeNotifySocket();
  Status MakeNetworkFiles();
  Status BeginCgroup();
  Status SettleCgroup();
  Status MakeResctrlGroup();
  Status SpawnInit();
  container::Record Record() const;
  Status SaveRecord();
  Status SaveCopies();
  Status ConnectNetworks();
  Status RunHooks();
  Status MoveNetDevices();
  void Undo();

  Status OnSecondClone() override;
  Status OnContained() override;
  Status OnEnd() override;
  spec::State StateForAgent() const override { return State(spec::ContainerStatus::kCreating); }

  spec::State State(spec::ContainerStatus status) const;

  const Runtime& runtime_;
  const CreateOptions& options_;
  const Starter starter_;
  Blueprint blueprint_;
  std::optional<door::Executable> door_;
  setup::ProcessSetup setup_;  // of an empty process if config.json has none
  std::optional<container::Directory> directory_;
  container::Record record_;  // as it was saved last
  std::optional<ContainerCgroup> cgroup_;
  resctrl::Group resctrl_;
  usernet::Namespaces namespaces_;  // of init, for a network of a user
  connect::Connection connection_;
  bool hooks_begun_ = false;
  bool kept_ = false;
  // In the runtime's own mount namespace: the mount at the rootfs before, and the container's.
  uint64_t mount_before_ = 0;
  uint64_t rootfs_mount_ = 0;
  Helper helper_;
  setup::Parent parent_;
  kernel::Fd notify_socket_;
};

}  // namespace tare::lifecycle
