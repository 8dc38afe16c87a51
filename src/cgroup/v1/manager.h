// A container's cgroups on v1: one directory a hierarchy, the limits of a controller in the directory of its
// hierarchy. On a hybrid machine also one without limits in the cgroup2 beside them, as of runc 1.1: systemd,
// and tools that use pidfds or BPF, look for a process there.
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
std::unique_ptr<Manager> Attach(const Paths& paths);

class ManagerV1 final : public Manager {
 public:
  // The container's directory in one hierarchy.
  struct Place {
    std::vector<std::string> controllers;  // {""}: the cgroup2 beside the hierarchies
    Directory directory;
    // Made by Create: the directory and its parents that were missing, the highest first.
    std::vector<std::string> made = {};
    bool denied = false;  // it may not be made, and the container goes without

    bool beside() const { return controllers.front().empty(); }
  };

  enum class Stage { kPlanned, kMade };

  ManagerV1(std::vector<Place> places, IfDenied if_denied, Stage stage);

  bool precedes_init() const override { return false; }
  Status CheckFit(pid_t init) override;
  Status Create(pid_t init) override;
  Status Check(const spec::Resources& resources, bool update) override;
  Status Apply(const spec::Resources& resources, bool update) override;
  Status Delegate(uid_t owner) override;
  StatusOr<kernel::Fd> OpenForClone() override;
  StatusOr<std::vector<kernel::Fd>> OpenEntryFds(Entry entry) override;
  Status Enter(pid_t pid, Entry entry) override;
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
  Place* Beside();
  kernel::Fd GoWithoutBeside();
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
  Status KillAll(bool frozen);
  void ListPaths();

  std::vector<Place> places_;
  Paths paths_;
  IfDenied if_denied_;
  Stage stage_;
  bool created_ = false;  // by this object: what it did not make stays
};

}  // namespace tare::cgroup::v1
