#include "checkpoint/mount_points.h"

#include <linux/sched.h>

#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "lifecycle/create/helper.h"

namespace tare::checkpoint {
namespace {

Status MountAll(const lifecycle::Blueprint& blueprint, lifecycle::Helped& helped) {
  const rootfs::Plan& plan = blueprint.rootfs;
  const auto open_source = [&](const rootfs::MountStep& step) { return helped.OpenSource(step); };
  const auto open_node = [&](const spec::Device& device) { return helped.OpenNode(device); };
  TARE_ASSIGN_OR_RETURN(rootfs::Built built, rootfs::AttachRootfs(plan));
  TARE_RETURN_IF_ERROR(rootfs::MountBeforeCgroups(plan, open_source, built));
  TARE_RETURN_IF_ERROR(rootfs::MountOthers(plan, open_source, built));
  return rootfs::PopulateRootfs(plan, open_node, built);
}

}  // namespace

Status MakeMountPoints(const lifecycle::Blueprint& blueprint) {
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
  lifecycle::Helper helper;
  TARE_ASSIGN_OR_RETURN(kernel::Fd end, helper.Start(blueprint));
  TARE_ASSIGN_OR_RETURN(auto report, kernel::SeqpacketPair());
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({.flags = CLONE_NEWNS}, [&] {
                          lifecycle::Helped helped(blueprint, std::move(end));
                          const Status mounted = MountAll(blueprint, helped);
                          (void)kernel::Send(report.second.get(), SerializeStatus(mounted));
                          return 0;
                        }));
  const kernel::ChildGuard guard(std::move(child));
  report.second.Close();
  TARE_ASSIGN_OR_RETURN(const kernel::Message message, kernel::Receive(report.first.get()));
  if (message.bytes.empty()) return absl::AbortedError("the process that makes mount points was killed");
  return ParseStatus(message.bytes);
}

}  // namespace tare::checkpoint
