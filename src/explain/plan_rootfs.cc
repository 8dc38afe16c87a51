#include <sys/mount.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "explain/plan_sections.h"
#include "kernel/file.h"
#include "rootfs/build.h"

namespace tare::explain {
namespace {

using json::Output;

constexpr std::pair<uint64_t, const char*> kFlags[] = {
    {MS_RDONLY, "ro"},          {MS_NOSUID, "nosuid"},           {MS_NODEV, "nodev"},
    {MS_NOEXEC, "noexec"},      {MS_SYNCHRONOUS, "sync"},        {MS_MANDLOCK, "mand"},
    {MS_DIRSYNC, "dirsync"},    {MS_NOATIME, "noatime"},         {MS_NODIRATIME, "nodiratime"},
    {MS_RELATIME, "relatime"},  {MS_STRICTATIME, "strictatime"}, {rootfs::kLazytime, "lazytime"},
    {MS_I_VERSION, "iversion"}, {MS_SILENT, "silent"},           {256, "nosymfollow"}};  // MS_NOSYMFOLLOW

constexpr std::pair<uint64_t, const char*> kAttributes[] = {
    {MOUNT_ATTR_RDONLY, "rro"},
    {MOUNT_ATTR_NOSUID, "rnosuid"},
    {MOUNT_ATTR_NODEV, "rnodev"},
    {MOUNT_ATTR_NOEXEC, "rnoexec"},
    {MOUNT_ATTR_NOATIME, "rnoatime"},
    {MOUNT_ATTR_STRICTATIME, "rstrictatime"},
    {MOUNT_ATTR_NODIRATIME, "rnodiratime"},
    {0x00200000, "rnosymfollow"}};  // MOUNT_ATTR_NOSYMFOLLOW

template <typename Table>
Output NamesOf(uint64_t bits, const Table& table) {
  Output names = Output::array();
  for (const auto& [bit, name] : table)
    if ((bits & bit) != 0) names.push_back(name);
  return names;
}

const char* NameOf(rootfs::MountKind kind) {
  switch (kind) {
    case rootfs::MountKind::kBind:
      return "bind";
    case rootfs::MountKind::kRemount:
      return "remount";
    case rootfs::MountKind::kProc:
      return "proc";
    case rootfs::MountKind::kSysfs:
      return "sysfs";
    case rootfs::MountKind::kMqueue:
      return "mqueue";
    case rootfs::MountKind::kTmpfs:
      return "tmpfs";
    case rootfs::MountKind::kCgroup:
      return "cgroup";
    case rootfs::MountKind::kFilesystem:
      return "filesystem";
  }
  return "";
}

// "rslave", "private".
std::string NameOf(const rootfs::Propagation& propagation) {
  const char* kind = propagation.kind == MS_SHARED    ? "shared"
                     : propagation.kind == MS_PRIVATE ? "private"
                     : propagation.kind == MS_SLAVE   ? "slave"
                                                      : "unbindable";
  return absl::StrCat(propagation.recursion == kernel::Recursion::kAllBelow ? "r" : "", kind);
}

// Where a bind mount's source really is. It may not exist yet, because an earlier mount shows it.
std::string Resolved(const std::string& source) {
  return kernel::RealPath(source).value_or(source);
}

Output ObjectOf(const rootfs::MountStep& step) {
  const rootfs::MountOptions& options = step.options;
  const bool is_bind = step.kind == rootfs::MountKind::kBind;
  Output object = {{"destination", step.destination},
                   {"kind", NameOf(step.kind)},
                   {"type", step.type},
                   {"source", is_bind ? Resolved(step.source) : step.source},
                   {"flags", NamesOf(options.flags | (step.read_only_later ? MS_RDONLY : 0), kFlags)}};
  if (is_bind) object["recursive"] = options.bind_recursion == kernel::Recursion::kAllBelow;
  if (options.cleared_flags != 0) object["clearedFlags"] = NamesOf(options.cleared_flags, kFlags);
  if (options.recursive_attributes.set != 0)
    object["recursiveFlags"] = NamesOf(options.recursive_attributes.set, kAttributes);
  for (const rootfs::Propagation& one : options.propagation) object["propagation"].push_back(NameOf(one));
  if (!options.data.empty()) object["data"] = options.data;
  if (options.copy_up) object["copyUp"] = true;
  if (step.idmapped())
    object["idmapped"] = step.uid_mappings.empty() ? "as the user namespace" : "by mappings of its own";
  return object;
}

const char* NameOf(rootfs::Entering entering) {
  switch (entering) {
    case rootfs::Entering::kPivot:
      return "pivot_root";
    case rootfs::Entering::kMove:
      return "move";
    case rootfs::Entering::kChroot:
      return "chroot";
  }
  return "";
}

const char* NameOf(spec::DeviceType type) {
  return type == spec::DeviceType::kBlock ? "b" : type == spec::DeviceType::kFifo ? "p" : "c";
}

}  // namespace

Output MountsSection(const rootfs::Plan& plan) {
  Output section = Output::array();
  for (const rootfs::MountStep& step : plan.mounts) section.push_back(ObjectOf(step));
  return section;
}

Output RootSection(const rootfs::Plan& plan) {
  Output section = {{"readonly", plan.readonly},
                    {"propagation", NameOf(plan.propagation)},
                    {"enteredBy", NameOf(plan.entering)}};
  if (!plan.mount_label.empty()) section["mountLabel"] = plan.mount_label;
  return section;
}

// In a user namespace mknod(2) is refused, and the nodes of the host are bound.
Output DevicesSection(const rootfs::Plan& plan) {
  Output section = Output::array();
  if (!plan.make_devices) return section;
  for (const spec::Device& device : plan.devices) {
    Output object = {{"path", device.path}, {"type", NameOf(device.type)}};
    if (device.type != spec::DeviceType::kFifo) {
      object["major"] = device.major;
      object["minor"] = device.minor;
    }
    object["mode"] = device.file_mode.value_or(0666);
    object["uid"] = device.uid.value_or(0);
    object["gid"] = device.gid.value_or(0);
    object["by"] = plan.user_namespace ? "bind" : "mknod";
    section.push_back(object);
  }
  return section;
}

}  // namespace tare::explain
