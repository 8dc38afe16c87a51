#include "commands/mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/functional/function_ref.h"
#include "base/log.h"
#include "container/container.h"
#include "kernel/file.h"
#include "kernel/in_copy.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "lifecycle/create/bind_sources.h"
#include "namespaces/id_map.h"
#include "namespaces/types.h"
#include "rootfs/live_mounts.h"
#include "spec/rules.h"

namespace tare::commands {
namespace {

using container::Container;
using kernel::Fd;
using rootfs::BindSource;
using rootfs::MountStep;

// In errors.
constexpr char kCopy[] = "the process in the container";

bool Differs(const container::Record& record, spec::NamespaceType type) {
  return std::ranges::find(record.namespaces, type) != record.namespaces.end();
}

StatusOr<Container> LoadWithMounts(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  if (!container.alive() || container.status == spec::ContainerStatus::kCreating)
    return container::NotRunning(id, container.status);
  if (!Differs(container.record, spec::NamespaceType::kMount))
    return absl::FailedPreconditionError(
        "the container has no mount namespace of its own: its mounts are those of the host");
  return container;
}

StatusOr<Fd> OpenOfInit(const Container& container, const char* name, int flags) {
  return kernel::Open(absl::StrCat("/proc/", container.record.init_pid, "/", name), flags);
}

// For the copy, when it begins to change the container: the change is completed or undone, even if the
// command is interrupted or killed.
void BlockInterruption() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

// A process on its way into the container.
class Visitor {
 public:
  // Keeps what leads to the namespaces of init.
  static StatusOr<Visitor> Prepare(const Container& container) {
    Visitor visitor(container);
    for (spec::NamespaceType type : container.record.namespaces)
      visitor.namespaces_ |= namespaces::CloneFlag(type);
    // What is mounted does not depend on the pid namespace, in which the container could see us, or on the
    // time namespace.
    visitor.namespaces_ &= ~uint64_t{CLONE_NEWPID | CLONE_NEWTIME};
    if (container.record.chrooted) {
      TARE_ASSIGN_OR_RETURN(visitor.root_, OpenOfInit(container, "root", O_PATH | O_DIRECTORY));
    }
    return visitor;
  }

  bool joins_user() const { return (namespaces_ & CLONE_NEWUSER) != 0; }

  // Enters only the user namespace, and becomes root there.
  Status EnterUser() {
    TARE_RETURN_IF_ERROR(Join(CLONE_NEWUSER));
    namespaces_ &= ~uint64_t{CLONE_NEWUSER};
    return namespaces::BecomeRootInside({}, {});
  }

  // Enters all of them; "/" is then the container's root.
  Status Enter() {
    const bool becomes_root = joins_user();
    TARE_RETURN_IF_ERROR(Join(namespaces_));
    if (root_ && (fchdir(root_.get()) != 0 || chroot(".") != 0)) return ErrnoError(errno, "chroot");
    return becomes_root ? namespaces::BecomeRootInside({}, {}) : absl::OkStatus();
  }

 private:
  explicit Visitor(const Container& container) : container_(container) {}

  Status Join(uint64_t namespaces) {
    if (setns(container_.init.get(), static_cast<int>(namespaces)) != 0)
      return ErrnoError(errno, "setns(init)");
    return absl::OkStatus();
  }

  const Container& container_;
  uint64_t namespaces_ = 0;
  Fd root_;
};

// A copy of our mount namespace that belongs to the container's user namespace. In it, the kernel has locked
// the flags of all mounts (mount_namespaces(7)), so that the container's root cannot make writable what is
// read-only on the host.
StatusOr<Fd> LockedMounts(const Container& container) {
  TARE_ASSIGN_OR_RETURN(const Fd user, OpenOfInit(container, "ns/user", O_RDONLY));
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({}, [&] {
                          prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                          ends.first.Close();
                          const bool made =
                              setns(user.get(), CLONE_NEWUSER) == 0 && unshare(CLONE_NEWNS) == 0;
                          const Status status = made ? absl::OkStatus() : ErrnoError(errno, "unshare(mount)");
                          (void)kernel::Send(ends.second.get(), SerializeStatus(status));
                          for (;;) pause();  // until its namespace has been opened
                          return 0;
                        }));
  const kernel::ChildGuard guard(std::move(child));
  ends.second.Close();
  TARE_ASSIGN_OR_RETURN(const kernel::Message message, kernel::Receive(ends.first.get()));
  if (message.bytes.empty()) return absl::AbortedError("the process in the user namespace was killed");
  TARE_RETURN_IF_ERROR(ParseStatus(message.bytes));
  return kernel::Open(absl::StrCat("/proc/", guard.get().pid, "/ns/mnt"), O_RDONLY);
}

// Adds mounts, in a copy of the command.
class Addition {
 public:
  Addition(const Container& container, const lifecycle::Blueprint& blueprint, Visitor visitor)
      : container_(container), blueprint_(blueprint), visitor_(std::move(visitor)) {}

  Status Run() {
    TARE_RETURN_IF_ERROR(OpenSources());
    TARE_RETURN_IF_ERROR(visitor_.Enter());
    const auto take = [this](const MountStep& step) -> StatusOr<BindSource> {
      return std::move(sources_[static_cast<size_t>(&step - steps().data())]);
    };
    BlockInterruption();
    return rootfs::AddMounts(
        steps(),
        {.label = blueprint_.config().platform.mount_label, .context = blueprint_.config().mount_context},
        take);
  }

 private:
  const std::vector<MountStep>& steps() const { return blueprint_.rootfs.mounts; }

  // All of them, before the container is entered: they are paths of the host.
  Status OpenSources() {
    Fd view;
    if (visitor_.joins_user() && blueprint_.privileged) {
      TARE_ASSIGN_OR_RETURN(view, LockedMounts(container_));
    } else if (visitor_.joins_user()) {
      TARE_RETURN_IF_ERROR(visitor_.EnterUser());
      if (unshare(CLONE_NEWNS) != 0) return ErrnoError(errno, "unshare(mount)");
    }
    TARE_ASSIGN_OR_RETURN(const Fd own, lifecycle::OwnMountNamespace());
    lifecycle::BindSources opener(blueprint_, own.get());
    for (const MountStep& step : steps()) {
      BindSource source;
      if (step.kind == rootfs::MountKind::kBind) {
        TARE_ASSIGN_OR_RETURN(source, OpenSource(step, opener, view ? view.get() : own.get()),
                              rootfs::MountErrorPrefix(step));
      }
      sources_.push_back(std::move(source));
    }
    return absl::OkStatus();
  }

  StatusOr<BindSource> OpenSource(const MountStep& step, lifecycle::BindSources& opener, int mounts) {
    if (lifecycle::IsOpenedForInit(step, blueprint_)) return opener.Open(step, mounts);
    TARE_ASSIGN_OR_RETURN(Fd source, lifecycle::CloneSource(step, blueprint_));
    return BindSource{std::move(source)};
  }

  const Container& container_;
  const lifecycle::Blueprint& blueprint_;
  Visitor visitor_;
  std::vector<BindSource> sources_;  // one for each step
};

// As much of the container's blueprint as mounts need.
StatusOr<lifecycle::Blueprint> BlueprintFor(const Container& container,
                                            const std::vector<spec::Mount>& mounts) {
  const container::Record& record = container.record;
  lifecycle::Blueprint blueprint{.id = record.id, .privileged = geteuid() == 0};
  TARE_ASSIGN_OR_RETURN(blueprint.bundle.config, container.directory.LoadConfig());
  const spec::Linux& platform = blueprint.config().platform;
  if (Differs(record, spec::NamespaceType::kUser)) {
    TARE_ASSIGN_OR_RETURN(Fd user, OpenOfInit(container, "ns/user", O_RDONLY));
    blueprint.namespaces.joins_user = true;
    blueprint.namespaces.in_child.push_back(
        {.type = spec::NamespaceType::kUser, .path = "", .fd = std::move(user)});
  }
  TARE_ASSIGN_OR_RETURN(blueprint.rootfs.propagation,
                        rootfs::ParseRootPropagation(platform.rootfs_propagation));
  blueprint.rootfs.user_namespace = blueprint.namespaces.has_user();
  blueprint.rootfs.mounts = rootfs::PlanMounts(mounts, record.bundle, record.rootfs);
  return blueprint;
}

}  // namespace

Status AddMounts(const lifecycle::Runtime& runtime, const std::string& id,
                 const std::vector<spec::Mount>& mounts) {
  TARE_ASSIGN_OR_RETURN(const Container container, LoadWithMounts(runtime, id));
  TARE_RETURN_IF_ERROR(spec::Check(mounts, Differs(container.record, spec::NamespaceType::kUser)));
  TARE_ASSIGN_OR_RETURN(const lifecycle::Blueprint blueprint, BlueprintFor(container, mounts));
  TARE_RETURN_IF_ERROR(rootfs::CheckAddable(blueprint.rootfs.mounts));
  if (geteuid() == 0) TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  TARE_ASSIGN_OR_RETURN(Visitor visitor, Visitor::Prepare(container));
  log::Debug("adding ", mounts.size(), " mounts in the mount namespace of process ",
             container.record.init_pid);
  Addition addition(container, blueprint, std::move(visitor));
  return kernel::InCopy(0, kCopy, [&] { return addition.Run(); });
}

Status RemoveMounts(const lifecycle::Runtime& runtime, const std::string& id,
                    const std::vector<spec::Mount>& mounts) {
  TARE_ASSIGN_OR_RETURN(const Container container, LoadWithMounts(runtime, id));
  std::vector<std::string> destinations;
  for (const MountStep& step : rootfs::PlanMounts(mounts, container.record.bundle, container.record.rootfs))
    destinations.push_back(step.destination);
  if (geteuid() == 0) TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  TARE_ASSIGN_OR_RETURN(Visitor visitor, Visitor::Prepare(container));
  log::Debug("removing ", mounts.size(), " mounts in the mount namespace of process ",
             container.record.init_pid);
  return kernel::InCopy(0, kCopy, [&] {
    TARE_RETURN_IF_ERROR(visitor.Enter());
    BlockInterruption();
    return rootfs::RemoveMounts(destinations);
  });
}

}  // namespace tare::commands
