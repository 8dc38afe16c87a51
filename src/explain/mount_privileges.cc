#include "explain/mount_privileges.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cgroup/path.h"
#include "rootfs/mount_plan.h"

namespace tare::explain {
namespace {

using rootfs::MountKind;
using rootfs::MountStep;
using spec::Inspection;

// Whoever can write to the socket of an engine can start a container without any isolation.
constexpr std::array<absl::string_view, 6> kEngineSockets = {
    "docker.sock", "containerd.sock", "crio.sock", "podman.sock", "buildkitd.sock", "kubelet.sock"};

// Directories of the host, without a slash at the beginning.
constexpr std::array<absl::string_view, 18> kHostDirectories = {"bin",
                                                                "boot",
                                                                "dev",
                                                                "etc",
                                                                "lib",
                                                                "lib64",
                                                                "proc",
                                                                "root",
                                                                "run",
                                                                "sbin",
                                                                "sys",
                                                                "usr",
                                                                "var",
                                                                "var/run",
                                                                "var/lib",
                                                                "var/lib/docker",
                                                                "var/lib/containerd",
                                                                "var/lib/kubelet"};

// Devices and filesystems in /dev that every container has, or that hold no device.
constexpr std::array<absl::string_view, 9> kHarmlessDevices = {"dev/null",   "dev/zero",    "dev/full",
                                                               "dev/random", "dev/urandom", "dev/tty",
                                                               "dev/shm",    "dev/mqueue",  "dev/pts"};

// Filesystems of which there is one for the whole machine.
constexpr std::array<absl::string_view, 7> kOfMachine = {"bpf",      "configfs",   "debugfs", "devtmpfs",
                                                         "efivarfs", "securityfs", "tracefs"};

template <size_t N>
bool Contains(const std::array<absl::string_view, N>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsReadOnly(const MountStep& step) {
  return step.read_only_later || (step.options.flags & MS_RDONLY) != 0 ||
         (step.options.recursive_attributes.set & MOUNT_ATTR_RDONLY) != 0;
}

// What the container gets with the source of a bind mount; "" if it is nothing of the host's.
std::string OfHost(const MountStep& step) {
  const std::string source = cgroup::Clean(step.source);
  const size_t slash = source.rfind('/');
  if (Contains(kEngineSockets, slash == source.npos ? source : source.substr(slash + 1)))
    return "the socket of a container engine: the container can become root of the host";
  const char* access = IsReadOnly(step) ? ", to read" : ", to read and write";
  if (source.empty()) return absl::StrCat("all files of the host", access);
  if (Contains(kHostDirectories, source)) return absl::StrCat("the host's /", source, access);
  if (absl::StartsWith(source, "dev/") && !Contains(kHarmlessDevices, source))
    return absl::StrCat("a device of the host, /", source);
  return "";
}

bool Propagates(const MountStep& step) {
  return std::ranges::any_of(step.options.propagation,
                             [](const rootfs::Propagation& one) { return one.kind == MS_SHARED; });
}

std::string WhyPrivileged(const MountStep& step) {
  switch (step.kind) {
    case MountKind::kBind:
      return OfHost(step);
    case MountKind::kSysfs:
      return IsReadOnly(step) ? "" : "sysfs is writable: the container can configure devices of the host";
    case MountKind::kCgroup:
      return IsReadOnly(step) ? "" : "the cgroup filesystem is writable: the container can change its limits";
    case MountKind::kFilesystem:
      return Contains(kOfMachine, step.type) ? absl::StrCat(step.type, " is shared with the host") : "";
    default:
      return "";
  }
}

bool Covers(const std::vector<std::string>& paths, absl::string_view path) {
  return std::ranges::any_of(paths, [&](const std::string& covering) {
    return cgroup::Clean(covering) == path || absl::StartsWith(path, cgroup::Clean(covering) + "/");
  });
}

// The last mount at /proc, if it is procfs.
const MountStep* ProcMount(const std::vector<MountStep>& steps) {
  const auto last = std::find_if(steps.rbegin(), steps.rend(), [](const MountStep& step) {
    return cgroup::Clean(step.destination) == "proc";
  });
  return last == steps.rend() || last->kind != MountKind::kProc ? nullptr : &*last;
}

std::vector<MountStep> StepsOf(const Inspection& inspection) {
  return rootfs::PlanMounts(inspection.config().mounts, "/bundle", "/rootfs");
}

}  // namespace

void WarnOfMounts(Inspection& inspection) {
  for (const MountStep& step : StepsOf(inspection)) {
    const std::string pointer = absl::StrCat("/mounts/", step.index);
    if (const std::string why = WhyPrivileged(step); !why.empty()) Warn(inspection, pointer, why);
    if (Propagates(step))
      Warn(inspection, pointer,
           "shared propagation: what is mounted below it in the container appears on the host");
  }
}

void WarnOfPaths(Inspection& inspection) {
  const spec::Linux& platform = inspection.config().platform;
  if (absl::StrContains(platform.rootfs_propagation, "shared"))
    Warn(inspection, "/linux/rootfsPropagation",
         "shared propagation: what is mounted in the container appears on the host");
  const std::vector<MountStep> steps = StepsOf(inspection);
  const MountStep* proc = ProcMount(steps);
  if (proc == nullptr) return;
  if (platform.masked_paths.empty())
    Warn(inspection, "/linux/maskedPaths",
         "no masked paths: files such as /proc/kcore and /proc/keys tell about the host");
  if (IsReadOnly(*proc)) return;
  for (const char* path : {"proc/sys", "proc/sysrq-trigger"})
    if (!Covers(platform.readonly_paths, path) && !Covers(platform.masked_paths, path))
      Warn(inspection, "/linux/readonlyPaths",
           absl::StrCat("/", path, " is writable: the container can ",
                        path == absl::string_view("proc/sys") ? "change settings of the host's kernel"
                                                              : "reboot the host, for example"));
}

}  // namespace tare::explain
