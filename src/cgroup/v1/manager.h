// A container's cgroups on v1: one directory in each hierarchy, which has the limits of its controllers. On a
// hybrid machine there is also one without limits in the cgroup2, as in runc 1.1: systemd, and tools that use
// pidfds or BPF, look for processes there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cgroup/device_rules.h"
#include "cgroup/directory.h"
#include "cgroup/layout.h"
#include "cgroup/manager.h"
#include "cgroup/privilege.h"
#include "cgroup/select.h"
#include "cgroup/write.h"

namespace tare::cgroup::v1 {

std::unique_ptr<Manager> Plan(const Layout& layout, const Request& request, IfDenied if_denied);
std::unique_ptr<Manager> Existing(const Paths& paths);

class ManagerV1 final : public Manager {
 public:
  // The container's directory in one hierarchy.
  struct Place {
    std::vector<std::string> controllers;  // {""}: the cgroup2 of a hybrid machine
    Directory directory;
    // Created by Create(): the directory and those above it that were missing, the highest first.
    std::vector<std::string> made = {};
    bool denied = false;  // it may not be created, and the container has none

    bool hybrid() const { return controllers.front().empty(); }
  };

  enum class Stage { kPlanned, kMade };

  ManagerV1(std::vector<Place> places, IfDenied if_denied, Stage stage);

  bool precedes_init() const override { return false; }
  Status CheckFitForPurpose(pid_t init) override;
  Status Create(pid_t init) override;
  Status Check(const spec::Resources& resources, bool update) override;
  Status Apply(const spec::Resources& resources, bool update) override;
  Status Delegate(uid_t owner) override;
  StatusOr<kernel::Fd> OpenForClone() override;
  StatusOr<std::vector<kernel::Fd>> OpenEntryFds() override;
  Status Enter(pid_t pid) override;
  Status Freeze() override;
  Status Thaw() override;
  StatusOr<bool> IsFrozen() override;
  StatusOr<std::vector<pid_t>> Pids() override;
  Status SignalAll(int signal) override;
  bool OomKilled() override;
  Status Remove() override;
  const Paths& paths() const override { return paths_; }
  bool unified() const override { return false; }
  std::vector<Hierarchy> Hierarchies() const override;

 private:
  Place* Hybrid();
  std::vector<Place*> MemoryLast();
  kernel::Fd GoWithoutHybrid();
  Status CreateAll(pid_t init);
  static Status CreateOne(Place& place);
  Status CheckAll(const spec::Resources& resources, bool update);
  Status ApplyAll(const spec::Resources& resources, bool update);
  Status ExplainBusy(const Status& busy, int64_t limit);
  Status ChangeDevices(const DevicePolicy& policy);
  Status PerformDevices(const StatusOr<std::vector<Write>>& writes);
  StatusOr<Directory*> DirectoryOfController(absl::string_view controller);
  StatusOr<Directory*> Freezer();
  StatusOr<std::string> ProcessDirectory();
  Status KillAll();
  void ListPaths();

  std::vector<Place> places_;
  Paths paths_;
  IfDenied if_denied_;
  Stage stage_;
  bool created_ = false;  // Create() was called: Remove() removes only what it has created
};

}  // namespace tare::cgroup::v1
