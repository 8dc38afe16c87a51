#include "lifecycle/create/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/log.h"
#include "base/step.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "lifecycle/create/bind_sources.h"
#include "lifecycle/create/missing_nodes.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;
using rootfs::MountStep;

// The payload of a Source that is rootfs::Locked::kAsIfGiven.
constexpr char kAsIfGiven[] = "as if given";

class Service {
 public:
  Service(const Blueprint& blueprint, setup::Channel channel, int own)
      : blueprint_(blueprint), channel_(std::move(channel)), sources_(blueprint, own) {}

  // Answers init's requests until it closes the connection.
  Status Serve() {
    nodes_ = MakeMissingNodes(blueprint_);
    for (;;) {
      TARE_ASSIGN_OR_RETURN(setup::Packet packet, channel_.Receive());
      const setup::Tag tag = packet.tag;
      if (tag != setup::Tag::kSource && tag != setup::Tag::kNode) return absl::OkStatus();
      Status answered = tag == setup::Tag::kNode ? AnswerNode(packet) : AnswerSource(std::move(packet));
      if (!answered.ok()) channel_.SendFailure(answered);
    }
  }

 private:
  static StatusOr<size_t> Position(const setup::Packet& packet, size_t size) {
    size_t position = 0;
    if (!absl::SimpleAtoi(packet.payload, &position) || position >= size)
      return absl::InternalError("malformed request from init");
    return position;
  }

  Status AnswerSource(setup::Packet packet) {
    const std::vector<MountStep>& steps = blueprint_.rootfs.mounts;
    TARE_ASSIGN_OR_RETURN(const size_t position, Position(packet, steps.size()));
    TARE_STEP("open the source of mount ", steps[position].index, ": ", steps[position].source);
    if (packet.fds.size() != 1) return absl::InternalError("init sent no mount namespace");
    TARE_ASSIGN_OR_RETURN(const rootfs::BindSource source,
                          sources_.Open(steps[position], packet.fds[0].get()));
    const char* locked = source.locked == rootfs::Locked::kAsIfGiven ? kAsIfGiven : "";
    return channel_.Send(setup::Tag::kSource, locked, {source.mount.get()});
  }

  Status AnswerNode(const setup::Packet& packet) {
    TARE_RETURN_IF_ERROR(nodes_.status());
    TARE_ASSIGN_OR_RETURN(const size_t position, Position(packet, nodes_->size()));
    TARE_STEP("make the node ", blueprint_.rootfs.devices[position].path);
    const Fd& node = (*nodes_)[position];
    if (!node) return absl::NotFoundError("the node is not missing");
    return channel_.Send(setup::Tag::kNode, "", {node.get()});
  }

  const Blueprint& blueprint_;
  setup::Channel channel_;
  BindSources sources_;
  StatusOr<std::vector<Fd>> nodes_;
};

// The helper keeps only the descriptors that it needs. If it held the others, init would not notice that a
// connection has ended.
std::vector<int> Kept(const Blueprint& blueprint, int channel) {
  std::vector<int> kept = {channel, log::Descriptor()};
  if (const StatusOr<const kernel::Procfs*> procfs = kernel::Procfs::Get(); procfs.ok())
    for (int fd : (*procfs)->Descriptors()) kept.push_back(fd);
  for (const namespaces::Joined& joined : blueprint.namespaces.in_child) kept.push_back(joined.fd.get());
  return kept;
}

Status Run(const Blueprint& blueprint, Fd end) {
  log::NameProcess("helper");
  kernel::CloseAllBut(STDERR_FILENO + 1, Kept(blueprint, end.get()));
  TARE_ASSIGN_OR_RETURN(const Fd own, OwnMountNamespace());
  return Service(blueprint, setup::Channel(std::move(end)), own.get()).Serve();
}

bool IsNeeded(const Blueprint& blueprint) {
  const rootfs::Plan& plan = blueprint.rootfs;
  return std::any_of(plan.mounts.begin(), plan.mounts.end(),
                     [&](const MountStep& step) { return IsOpenedForInit(step, blueprint); }) ||
         (plan.make_devices &&
          std::any_of(plan.devices.begin(), plan.devices.end(),
                      [&](const spec::Device& device) { return IsMissing(device, blueprint); }));
}

}  // namespace

StatusOr<Fd> Helper::Start(const Blueprint& blueprint) {
  if (!IsNeeded(blueprint)) return Fd();
  TARE_STEP("clone the helper, which opens what init may not open");
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  const pid_t parent = getpid();
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({}, [&] {
                          prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                          if (getppid() != parent) return 1;  // the parent had died before
                          return Run(blueprint, std::move(ends.second)).ok() ? 0 : 1;
                        }));
  child_.emplace(std::move(child));
  return std::move(ends.first);
}

Helped::Helped(const Blueprint& blueprint, Fd end) : blueprint_(blueprint) {
  if (end) channel_.emplace(std::move(end));
}

StatusOr<rootfs::BindSource> Helped::OpenSource(const MountStep& step) {
  if (channel_ && IsOpenedForInit(step, blueprint_)) {
    TARE_ASSIGN_OR_RETURN(const Fd own, OwnMountNamespace());
    StatusOr<setup::Packet> packet =
        Ask(setup::Tag::kSource, static_cast<size_t>(&step - blueprint_.rootfs.mounts.data()), {own.get()});
    if (packet.ok())
      return rootfs::BindSource{std::move(packet->fds[0]), packet->payload == kAsIfGiven
                                                               ? rootfs::Locked::kAsIfGiven
                                                               : rootfs::Locked::kByKernel};
    // A runtime that is itself root in a user namespace may have fewer privileges here than init has.
    if (step.idmapped() || ErrnoOf(packet.status()) != EPERM) return packet.status();
  }
  TARE_ASSIGN_OR_RETURN(Fd source, CloneSource(step, blueprint_));
  return rootfs::BindSource{std::move(source)};
}

StatusOr<Fd> Helped::OpenNode(const spec::Device& device) {
  StatusOr<Fd> node = rootfs::CloneNode(device);
  if (node.ok() || !channel_) return node;
  StatusOr<setup::Packet> packet =
      Ask(setup::Tag::kNode, static_cast<size_t>(&device - blueprint_.rootfs.devices.data()), {});
  if (absl::IsNotFound(packet.status())) return node;
  TARE_RETURN_IF_ERROR(packet.status());
  return std::move(packet->fds[0]);
}

// The answer has one descriptor.
StatusOr<setup::Packet> Helped::Ask(setup::Tag tag, size_t position, const std::vector<int>& fds) {
  TARE_RETURN_IF_ERROR(channel_->SendIfOpen(tag, absl::StrCat(position), fds));
  TARE_ASSIGN_OR_RETURN(setup::Packet packet, channel_->Expect(tag));
  if (packet.fds.size() != 1) return absl::InternalError("the runtime sent no descriptor");
  return packet;
}

}  // namespace tare::lifecycle
