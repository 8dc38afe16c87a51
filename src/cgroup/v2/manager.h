// A container's cgroup on v2: one directory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cgroup/directory.h"
#include "cgroup/manager.h"
#include "cgroup/privilege.h"
#include "cgroup/write.h"

namespace tare::cgroup::v2 {

// `path` is a result of cgroup::Clean(), relative to `root`, where cgroup2 is mounted.
std::unique_ptr<Manager> Plan(const std::string& root, const std::string& path, IfDenied if_denied);
std::unique_ptr<Manager> Existing(const std::string& absolute_path);
// For a container to be created without a cgroup.
std::unique_ptr<Manager> None();

class ManagerV2 final : public Manager {
 public:
  ManagerV2(std::string root, std::string path, IfDenied if_denied);

  bool precedes_init() const override { return true; }
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
  bool unified() const override { return true; }
  std::vector<Hierarchy> Hierarchies() const override;

 private:
  Status CreateDirectory(pid_t init);
  Status ApplyAll(const spec::Resources& resources, bool update);
  Status ApplyDevices(const spec::Resources& resources);
  Status Explain(const Status& status, const std::vector<Write>& writes);
  StatusOr<Directory*> Own();

  std::string root_;
  std::string path_;
  Directory directory_;
  Paths paths_;
  // Created by Create(): the directory and those above it that were missing, the highest first.
  std::vector<std::string> made_;
  IfDenied if_denied_;
  bool created_ = false;  // Create() was called: Remove() removes only what it has created
};

}  // namespace tare::cgroup::v2
