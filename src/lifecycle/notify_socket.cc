#include "lifecycle/notify_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "kernel/file.h"
#include "kernel/socket.h"

namespace tare::lifecycle {
namespace {

constexpr char kDirectory[] = "notify";
constexpr char kSocket[] = "notify.sock";

}  // namespace

std::string CallersNotifySocket() {
  const char* name = getenv("NOTIFY_SOCKET");
  return name == nullptr ? "" : name;
}

void AddNotifySocket(const Runtime& runtime, const std::string& id, spec::Config& config) {
  config.mounts.push_back({.destination = kNotifyMountPoint,
                           .type = "bind",
                           .source = absl::StrCat(runtime.root, "/", id, "/", kDirectory),
                           .options = {"bind", "nosuid", "noexec", "nodev", "ro"}});
  config.process->env.push_back(absl::StrCat("NOTIFY_SOCKET=", kNotifyMountPoint, "/", kSocket));
}

Status MakeNotifyDirectory(const container::Directory& directory) {
  if (mkdirat(directory.fd(), kDirectory, 0700) != 0) return ErrnoError(errno, "mkdir(notify)");
  // Whatever the umask.
  if (fchmodat(directory.fd(), kDirectory, 0755, 0) != 0) return ErrnoError(errno, "chmod(notify)");
  return absl::OkStatus();
}

bool HasNotifyDirectory(const container::Directory& directory) {
  return kernel::Exists(directory.fd(), kDirectory).value_or(false);
}

std::string NotifyDirectoryOf(const container::Directory& directory) {
  return absl::StrCat(directory.path(), "/", kDirectory);
}

StatusOr<kernel::Fd> BindNotifySocket(const container::Directory& directory) {
  StatusOr<kernel::Fd> place = kernel::OpenAt(directory.fd(), kDirectory, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (ErrnoOf(place.status()) == ENOENT)
    return absl::FailedPreconditionError(
        "NOTIFY_SOCKET is set now, but was not when the container was created: the container cannot send "
        "READY=1");
  TARE_RETURN_IF_ERROR(place.status());
  // A `start` that was killed leaves its socket.
  if (unlinkat(place->get(), kSocket, 0) != 0 && errno != ENOENT)
    return ErrnoError(errno, "unlink(notify.sock)");
  return kernel::BindUnix(place->get(), kSocket, SOCK_DGRAM, 0777);
}

}  // namespace tare::lifecycle
