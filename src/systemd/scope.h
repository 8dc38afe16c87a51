// A container's cgroup as a transient scope of systemd. Its files are used like those of any other cgroup.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cgroup/manager.h"
#include "dbus/property.h"
#include "systemd/properties.h"
#include "systemd/unit_name.h"
#include "systemd/units.h"

namespace tare::systemd {

struct Scope {
  Instance instance = Instance::kSystem;
  Unit unit;
  std::string cgroup;                      // as of cgroup::Clean(), relative to the root of the hierarchies
  std::vector<dbus::Property> properties;  // those given by annotations
};

// The cgroup below which systemd has its slices, relative to the root of the hierarchies. For a user, the
// user's systemd is asked; for the system, it is that of process 1.
StatusOr<std::string> SlicesCgroup(bool rootless);

// The scope that linux.cgroupsPath, the annotations and the caller ask for.
struct ScopeRequest {
  const std::string& container_id;
  const std::string& cgroups_path;
  const std::map<std::string, std::string>* annotations;
  bool rootless;
  const StatusOr<std::string>& slices;  // SlicesCgroup()
};
StatusOr<Scope> ScopeFor(const ScopeRequest& request);

// The manager of a container to be created. `files` manages the directories of the scope,
// which systemd creates.
std::unique_ptr<cgroup::Manager> NewScope(Scope scope, const spec::Resources* resources,
                                          std::unique_ptr<cgroup::Manager> files);

// The manager of an existing container. Its paths contain the name of the unit, and show which
// systemd runs it.
std::unique_ptr<cgroup::Manager> ExistingScope(std::unique_ptr<cgroup::Manager> files);

class ScopeManager final : public cgroup::Manager {
 public:
  // One constructor is for a container to be created, the other for one that exists.
  ScopeManager(Scope scope, const spec::Resources& resources, std::unique_ptr<cgroup::Manager> files)
      : scope_(std::move(scope)), resources_(resources), files_(std::move(files)) {}
  ScopeManager(Scope scope, std::unique_ptr<cgroup::Manager> files)
      : scope_(std::move(scope)), files_(std::move(files)), exists_(true) {}

  bool precedes_init() const override { return false; }
  Status CheckFitForPurpose(pid_t init) override;
  Status Create(pid_t init) override;
  Status Check(const spec::Resources& resources, bool update) override {
    return files_->Check(resources, update);
  }
  Status Apply(const spec::Resources& resources, bool update) override;
  Status Enter(pid_t pid) override;
  Status Remove() override;

  // Operations that only need the files.
  Status Delegate(uid_t owner) override { return files_->Delegate(owner); }
  StatusOr<kernel::Fd> OpenForClone() override;
  StatusOr<std::vector<kernel::Fd>> OpenEntryFds() override { return files_->OpenEntryFds(); }
  Status Freeze() override { return files_->Freeze(); }
  Status Thaw() override { return files_->Thaw(); }
  StatusOr<bool> IsFrozen() override { return files_->IsFrozen(); }
  StatusOr<std::vector<pid_t>> Pids() override { return files_->Pids(); }
  Status SignalAll(int signal) override { return files_->SignalAll(signal); }
  bool OomKilled() override { return files_->OomKilled(); }
  const cgroup::Paths& paths() const override { return files_->paths(); }
  bool unified() const override { return files_->unified(); }
  std::vector<cgroup::Hierarchy> Hierarchies() const override { return files_->Hierarchies(); }

 private:
  StatusOr<std::vector<dbus::Property>> ResourceProperties(Units& units, const spec::Resources& whole,
                                                           bool update, Files files);
  Status CheckDirectories(pid_t init);
  Status ApplyNew(const spec::Resources& resources);
  Status Update(const spec::Resources& resources);

  Scope scope_;
  spec::Resources resources_;  // of a container to be created
  std::unique_ptr<cgroup::Manager> files_;
  bool exists_ = false;
};

}  // namespace tare::systemd
