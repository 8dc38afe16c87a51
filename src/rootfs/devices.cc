#include "rootfs/devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/step.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;
using spec::Device;
using spec::DeviceType;

Device Default(const char* path, uint32_t major, uint32_t minor) {
  return {.type = DeviceType::kChar, .path = path, .major = major, .minor = minor, .file_mode = 0666};
}

// True for an entry that is repeated. Two different devices with one path are an error when they are created.
bool IsSame(const Device& one, const Device& other) {
  return one.path == other.path && one.type == other.type && DeviceNumber(one) == DeviceNumber(other);
}

// The directory may be shared with another process that replaces files in it. So the node is opened once, and
// the same descriptor is checked and changed.
StatusOr<Fd> OpenNode(int directory, const std::string& name, const Device& device) {
  TARE_ASSIGN_OR_RETURN(Fd node, kernel::OpenAt(directory, name, O_PATH | O_NOFOLLOW), device.path);
  TARE_ASSIGN_OR_RETURN(const struct stat st, kernel::Stat(node.get()));
  if (IsNodeOf(st, device)) return node;
  return absl::AlreadyExistsError(
      absl::StrCat(device.path, ": already exists and is not the requested device"));
}

Status SetMode(int node, mode_t permissions, const Device& device) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  if (fchmodat(procfs->fd(), absl::StrCat("self/fd/", node).c_str(), permissions, 0) != 0)
    return ErrnoError(errno, absl::StrCat("chmod(", device.path, ")"));
  return absl::OkStatus();
}

Status MakeNode(int directory, const std::string& name, const Device& device) {
  const mode_t permissions = device.file_mode.value_or(0666) & 07777;
  const uid_t uid = device.uid.value_or(0);
  const gid_t gid = device.gid.value_or(0);
  const bool made =
      mknodat(directory, name.c_str(), TypeBits(device.type) | permissions, DeviceNumber(device)) == 0;
  if (!made && errno != EEXIST) return ErrnoError(errno, absl::StrCat("mknod(", device.path, ")"));
  if (made && uid == 0 && gid == 0) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const Fd node, OpenNode(directory, name, device));
  if (!made) TARE_RETURN_IF_ERROR(SetMode(node.get(), permissions, device));
  if (uid == 0 && gid == 0) return absl::OkStatus();
  if (fchownat(node.get(), "", uid, gid, AT_EMPTY_PATH) != 0)
    return ErrnoError(errno, absl::StrCat("chown(", device.path, ")"));
  return absl::OkStatus();
}

// The file to mount something over: a new one, or what the image has there, opened with O_PATH.
StatusOr<Fd> MakeTarget(int directory, const std::string& name, const std::string& path) {
  const int made =
      openat(directory, name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY | O_CLOEXEC, 0666);
  if (made < 0 && errno != EEXIST) return ErrnoError(errno, absl::StrCat("open(", path, ")"));
  if (made >= 0) close(made);
  TARE_ASSIGN_OR_RETURN(Fd target, kernel::OpenAt(directory, name, O_PATH | O_NOFOLLOW));
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(target.get()));
  if (S_ISLNK(st.st_mode)) return InvalidError(path, ": must not be a symbolic link");
  return target;
}

Status BindNode(int directory, const std::string& name, const Device& device, NodeOpener open_node) {
  TARE_ASSIGN_OR_RETURN(const Fd bind, open_node(device));
  TARE_ASSIGN_OR_RETURN(const Fd target, MakeTarget(directory, name, device.path));
  return kernel::AttachMount(bind.get(), target.get());
}

Status MakeDevice(int directory, const std::string& name, const Device& device, NodeMaking making,
                  NodeOpener open_node) {
  TARE_STEP("device ", device.path, making == NodeMaking::kBind ? ": bind the machine's" : ": mknod");
  // A FIFO is not a device: no privileges are needed to create it.
  if (device.type == DeviceType::kFifo) return MakeNode(directory, name, device);
  if (making == NodeMaking::kBind) return BindNode(directory, name, device, open_node);
  Status made = MakeNode(directory, name, device);
  // EPERM: the runtime itself is not in the initial user namespace, as with rootless Podman.
  return ErrnoOf(made) == EPERM ? BindNode(directory, name, device, open_node) : made;
}

// Keeps the last directory open, because nearly all devices are in /dev.
class Directories {
 public:
  explicit Directories(int root) : root_(root) {}

  StatusOr<int> Open(const std::string& path) {
    if (!fd_ || path != path_) {
      TARE_ASSIGN_OR_RETURN(fd_, kernel::MakeDirectoryInRoot(root_, path, 0755));
      path_ = path;
    }
    return fd_.get();
  }

 private:
  int root_;
  std::string path_;
  Fd fd_;
};

Status MakeDevLink(int directory, const char* target, const char* name) {
  if (symlinkat(target, directory, name) != 0 && errno != EEXIST)
    return ErrnoError(errno, absl::StrCat("symlink(/dev/", name, ")"));
  return absl::OkStatus();
}

// Replaces a /dev/ptmx of the image, which could be a node for the pseudo-terminals of the host.
Status LinkPtmx(int directory) {
  if (symlinkat("pts/ptmx", directory, "ptmx") == 0) return absl::OkStatus();
  if (errno == EEXIST && unlinkat(directory, "ptmx", 0) == 0 && symlinkat("pts/ptmx", directory, "ptmx") == 0)
    return absl::OkStatus();
  return ErrnoError(errno, "symlink(/dev/ptmx)");
}

bool Exists(int root, const std::string& path) {
  return kernel::OpenInRoot(root, path, O_PATH | O_NOFOLLOW).ok();
}

}  // namespace

mode_t TypeBits(DeviceType type) {
  switch (type) {
    case DeviceType::kChar:
      return S_IFCHR;
    case DeviceType::kBlock:
      return S_IFBLK;
    case DeviceType::kFifo:
      return S_IFIFO;
  }
  return S_IFCHR;
}

dev_t DeviceNumber(const Device& device) {
  return device.type == DeviceType::kFifo ? 0 : makedev(device.major, device.minor);
}

bool IsNodeOf(const struct stat& st, const Device& device) {
  return (st.st_mode & S_IFMT) == TypeBits(device.type) &&
         (device.type == DeviceType::kFifo || st.st_rdev == DeviceNumber(device));
}

StatusOr<Fd> CloneNode(const Device& device) {
  TARE_ASSIGN_OR_RETURN(Fd bind, kernel::CloneMount(AT_FDCWD, device.path, kernel::Recursion::kThisMount,
                                                    kernel::Peering::kPrivate));
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(bind.get()));
  if (IsNodeOf(st, device)) return bind;
  return absl::FailedPreconditionError(absl::StrCat(
      device.path,
      ": device nodes cannot be created in a user namespace, and the host's node is another device"));
}

std::vector<Device> PlanDevices(const std::vector<Device>& wanted) {
  std::vector<Device> devices = {
      Default("/dev/null", 1, 3),   Default("/dev/zero", 1, 5),    Default("/dev/full", 1, 7),
      Default("/dev/random", 1, 8), Default("/dev/urandom", 1, 9), Default("/dev/tty", 5, 0),
  };
  std::erase_if(devices, [&](const Device& standard) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const Device& w) { return w.path == standard.path; });
  });
  for (const Device& device : wanted)
    if (std::none_of(devices.begin(), devices.end(), [&](const Device& d) { return IsSame(d, device); }))
      devices.push_back(device);
  return devices;
}

Status MakeDevices(int root, const std::vector<Device>& devices, NodeMaking making, NodeOpener open_node) {
  Directories directories(root);
  for (const Device& device : devices) {
    // It becomes a link to pts/ptmx, which is the container's; a node would be for
    // the host's pseudo-terminals.
    if (device.path == "/dev/ptmx") continue;
    const size_t slash = device.path.find_last_of('/');
    const std::string name = device.path.substr(slash + 1);
    if (name.empty() || name == "." || name == "..")
      return InvalidError(device.path, ": does not name a device");
    TARE_ASSIGN_OR_RETURN(const int directory, directories.Open(device.path.substr(0, slash + 1)),
                          device.path);
    TARE_RETURN_IF_ERROR(MakeDevice(directory, name, device, making, open_node));
  }
  return absl::OkStatus();
}

Status MakeDeviceLinks(int root) {
  TARE_STEP("links in /dev");
  TARE_ASSIGN_OR_RETURN(Fd dev, kernel::MakeDirectoryInRoot(root, "/dev", 0755));
  TARE_RETURN_IF_ERROR(LinkPtmx(dev.get()));
  // In a new pid namespace, following "self" for the first time takes 10 us.
  if (Exists(root, "/proc/self")) {
    TARE_RETURN_IF_ERROR(MakeDevLink(dev.get(), "/proc/self/fd", "fd"));
    TARE_RETURN_IF_ERROR(MakeDevLink(dev.get(), "/proc/self/fd/0", "stdin"));
    TARE_RETURN_IF_ERROR(MakeDevLink(dev.get(), "/proc/self/fd/1", "stdout"));
    TARE_RETURN_IF_ERROR(MakeDevLink(dev.get(), "/proc/self/fd/2", "stderr"));
  }
  if (Exists(root, "/proc/kcore")) TARE_RETURN_IF_ERROR(MakeDevLink(dev.get(), "/proc/kcore", "core"));
  return absl::OkStatus();
}

Status MountConsole(int root, int slave) {
  TARE_STEP("bind the terminal on /dev/console");
  TARE_ASSIGN_OR_RETURN(Fd dev, kernel::MakeDirectoryInRoot(root, "/dev", 0755));
  TARE_ASSIGN_OR_RETURN(Fd target, MakeTarget(dev.get(), "console", "/dev/console"));
  TARE_ASSIGN_OR_RETURN(
      Fd bind, kernel::CloneMount(slave, "", kernel::Recursion::kThisMount, kernel::Peering::kPrivate));
  return Annotate(kernel::AttachMount(bind.get(), target.get()), "/dev/console");
}

}  // namespace tare::rootfs
