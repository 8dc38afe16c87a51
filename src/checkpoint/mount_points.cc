#include "checkpoint/mount_points.h"

#include <linux/sched.h>

#include "kernel/in_copy.h"
#include "kernel/procfs.h"
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
  return kernel::InCopy(CLONE_NEWNS, "the process that makes mount points", [&] {
    lifecycle::Helped helped(blueprint, std::move(end));
    return MountAll(blueprint, helped);
  });
}

}  // namespace tare::checkpoint
