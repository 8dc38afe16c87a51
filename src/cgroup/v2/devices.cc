#include "cgroup/v2/devices.h"

#include <fcntl.h>

#include <cerrno>
#include <vector>

#include "cgroup/v2/device_program.h"
#include "kernel/bpf.h"
#include "kernel/file.h"

namespace tare::cgroup::v2 {
namespace {

// While both are attached, a device needs the word of both.
Status AttachThenDetach(int cgroup, int program, const std::vector<kernel::Fd>& old) {
  TARE_RETURN_IF_ERROR(kernel::AttachDeviceProgram(cgroup, program));
  for (const kernel::Fd& one : old) {
    Status status = kernel::DetachDeviceProgram(cgroup, one.get());
    if (ErrnoOf(status) != ENOENT) TARE_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

}  // namespace

Status SetDevicePolicy(int folder, const DevicePolicy& policy, Attached before) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd program, kernel::LoadDeviceProgram(DeviceProgram(policy)));
  // bpf(2) refuses O_PATH descriptors.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd cgroup, kernel::OpenAt(folder, ".", O_RDONLY | O_DIRECTORY));
  std::vector<kernel::Fd> old;
  if (before == Attached::kPerhaps) {
    TARE_ASSIGN_OR_RETURN(old, kernel::AttachedDevicePrograms(cgroup.get()));
  }
  if (old.size() == 1) {
    Status status = kernel::ReplaceDeviceProgram(cgroup.get(), program.get(), old[0].get());
    // EPERM: systemd attached it for itself alone, without BPF_F_ALLOW_MULTI.
    if (status.ok() || ErrnoOf(status) != EPERM) return status;
  }
  return AttachThenDetach(cgroup.get(), program.get(), old);
}

}  // namespace tare::cgroup::v2
