#include "cgroup/v2/devices.h"

#include <fcntl.h>

#include <cerrno>
#include <span>
#include <vector>

#include "base/step.h"
#include "cgroup/v2/device_program.h"
#include "kernel/bpf.h"
#include "kernel/file.h"

namespace tare::cgroup::v2 {
namespace {

// The name of our program, which distinguishes it from others on the same cgroup, such as that of systemd for
// DevicePolicy=. Those remain attached, and all programs must allow an access.
constexpr char kName[] = "tare_devices";

// There may be several if an update was interrupted.
Status DetachAll(int cgroup, std::span<const kernel::Fd> programs) {
  for (const kernel::Fd& program : programs) {
    Status status = kernel::DetachDeviceProgram(cgroup, program.get());
    if (ErrnoOf(status) != ENOENT) TARE_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

}  // namespace

Status SetDevicePolicy(int directory, const DevicePolicy& policy, Attached before) {
  TARE_STEP("device rules: attach an eBPF program to the cgroup");
  TARE_ASSIGN_OR_RETURN(const kernel::Fd program, kernel::LoadDeviceProgram(DeviceProgram(policy), kName));
  // bpf(2) refuses O_PATH descriptors.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd cgroup, kernel::OpenAt(directory, ".", O_RDONLY | O_DIRECTORY));
  std::vector<kernel::Fd> old;
  if (before == Attached::kPerhaps) {
    TARE_ASSIGN_OR_RETURN(old, kernel::AttachedDevicePrograms(cgroup.get(), kName));
  }
  if (old.empty()) return kernel::AttachDeviceProgram(cgroup.get(), program.get());
  TARE_RETURN_IF_ERROR(kernel::ReplaceDeviceProgram(cgroup.get(), program.get(), old[0].get()));
  return DetachAll(cgroup.get(), std::span(old).subspan(1));
}

}  // namespace tare::cgroup::v2
