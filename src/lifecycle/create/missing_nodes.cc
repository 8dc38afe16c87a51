#include "lifecycle/create/missing_nodes.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "namespaces/id_map.h"
#include "rootfs/devices.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;

// A file system that belongs to the host's user namespace: the kernel opens no device on one of init's.
StatusOr<Fd> MountUnseen(const std::string& place) {
  if (unshare(CLONE_NEWNS) != 0) return ErrnoError(errno, "unshare(CLONE_NEWNS)");
  TARE_RETURN_IF_ERROR(kernel::SetRootPropagation(MS_PRIVATE, kernel::Recursion::kAllBelow));
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("tmpfs"));
  TARE_RETURN_IF_ERROR(fs.SetString("source", "tmpfs"));
  TARE_ASSIGN_OR_RETURN(Fd mount, fs.Mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  TARE_ASSIGN_OR_RETURN(const Fd target, kernel::Open(place, O_PATH | O_DIRECTORY));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(mount.get(), target.get()), place);
  return mount;
}

StatusOr<Fd> MakeNode(int directory, const std::string& name, const spec::Device& device,
                      const spec::Linux& platform) {
  const mode_t mode = device.file_mode.value_or(0666);
  if (mknodat(directory, name.c_str(), rootfs::TypeBits(device.type) | mode, rootfs::DeviceNumber(device)) !=
      0)
    return ErrnoError(errno, "mknod");
  // The owner first, because chown(2) clears mode bits. The mode is set again, because of the caller's umask.
  if (fchownat(directory, name.c_str(), namespaces::HostId(device.uid.value_or(0), platform.uid_mappings),
               namespaces::HostId(device.gid.value_or(0), platform.gid_mappings), AT_SYMLINK_NOFOLLOW) != 0)
    return ErrnoError(errno, "chown");
  if (fchmodat(directory, name.c_str(), mode, 0) != 0) return ErrnoError(errno, "chmod");
  return kernel::CloneMount(directory, name, kernel::Recursion::kThisMount, kernel::Peering::kPrivate);
}

}  // namespace

bool IsMissing(const spec::Device& device, const Blueprint& blueprint) {
  if (!blueprint.namespaces.has_user() || !blueprint.privileged || device.type == spec::DeviceType::kFifo)
    return false;
  struct stat st {};
  return stat(device.path.c_str(), &st) != 0 || !rootfs::IsNodeOf(st, device);
}

StatusOr<std::vector<Fd>> MakeMissingNodes(const Blueprint& blueprint) {
  const std::vector<spec::Device>& devices = blueprint.rootfs.devices;
  std::vector<Fd> nodes(devices.size());
  Fd directory;
  for (size_t i = 0; i < devices.size(); ++i) {
    if (!IsMissing(devices[i], blueprint)) continue;
    if (!directory) {
      TARE_ASSIGN_OR_RETURN(directory, MountUnseen(blueprint.rootfs.rootfs));
    }
    TARE_ASSIGN_OR_RETURN(nodes[i],
                          MakeNode(directory.get(), absl::StrCat(i), devices[i], blueprint.config().platform),
                          devices[i].path);
  }
  return nodes;
}

}  // namespace tare::lifecycle
