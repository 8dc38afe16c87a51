// A container that is being restored. What was made so far is undone if Keep() is not reached.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "checkpoint/images.h"
#include "checkpoint/options.h"
#include "container/container.h"
#include "criu/service.h"
#include "kernel/process.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/create/container_cgroup.h"
#include "resctrl/group.h"
#include "spec/state.h"

namespace tare::checkpoint {

class Restoration {
 public:
  // From the claimed ID to a container that runs. `relayed`: the terminal's master is kept for our own
  // terminal unless there is a console socket.
  static StatusOr<std::unique_ptr<Restoration>> Restore(const lifecycle::Runtime& runtime,
                                                        const RestoreOptions& options, bool relayed);
  ~Restoration();
  Restoration(const Restoration&) = delete;
  Restoration& operator=(const Restoration&) = delete;

  // The container is complete: nothing is undone any more.
  void Keep() { kept_ = true; }

  const kernel::Child& init() const { return init_; }
  // Init belongs to the caller from here on.
  kernel::Child Release() { return std::move(init_); }
  kernel::Fd TakeMaster() { return std::move(master_); }
  // The container after its init has ended, for lifecycle::Destroy().
  container::Container TakeEnded();

 private:
  Restoration(const lifecycle::Runtime& runtime, const RestoreOptions& options, bool relayed)
      : runtime_(runtime), options_(options), relayed_(relayed) {}

  Status Build();
  Status Plan();
  Status BeginCgroup();
  Status MakeResctrlGroup();
  Status MakeRoot();
  std::string RootPath() const;
  StatusOr<criu::Service> StartCriu();
  Status EnterPlace(int parent);
  Status SettlePlace(pid_t criu, int child);
  StatusOr<messages::CriuRequest> Request(pid_t criu);
  void AddStreams(messages::CriuOptions& request) const;
  Status AddCgroupRoots(pid_t criu, messages::CriuOptions& request) const;
  Status CheckVersion(criu::Service& criu) const;
  Status OnMoment(criu::Notification notification);
  Status OnNamespaces(pid_t init);
  Status OnRestored(pid_t init);
  Status OnTerminal(kernel::Fd master);
  Status SaveCopies() const;
  void Undo();
  spec::State State(spec::ContainerStatus status, pid_t pid) const;

  const lifecycle::Runtime& runtime_;
  const RestoreOptions& options_;
  const bool relayed_;
  std::optional<Images> images_;
  std::vector<std::string> streams_;  // see Images::SaveStreams()
  lifecycle::Blueprint blueprint_;
  std::vector<int> given_;  // descriptors of given namespaces, which CRIU inherits
  std::optional<container::Directory> directory_;
  std::optional<lifecycle::ContainerCgroup> cgroup_;
  resctrl::Group resctrl_;
  container::Record record_;
  kernel::Child init_;
  kernel::Fd master_;
  bool hooks_begun_ = false;
  bool kept_ = false;
};

}  // namespace tare::checkpoint
