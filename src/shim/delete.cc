#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/time/clock.h"
#include "container/exit.h"
#include "container/store.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"
#include "kernel/socket.h"
#include "lifecycle/destroy.h"
#include "messages/events.h"
#include "messages/task.h"
#include "shim/bundle.h"
#include "shim/commands.h"
#include "shim/kept_events.h"
#include "shim/rootfs_mount.h"

namespace tare::shim {
namespace {

constexpr uint32_t kKilled = 128 + 9;

// The exit that the shim saved before it died. Without one, the container is killed now.
messages::DeleteResponse ReadExit(const lifecycle::Runtime& runtime, const std::string& id) {
  messages::DeleteResponse response{.exit_status = kKilled, .exited_at = messages::ToTimestamp(absl::Now())};
  const StatusOr<container::Directory> directory = container::Directory::Open(runtime.root, id);
  if (!directory.ok()) return response;
  if (const StatusOr<container::Record> record = directory->Load(); record.ok())
    response.pid = static_cast<uint32_t>(record->init_pid);
  const StatusOr<spec::Exit> exit = container::LoadExit(directory->fd(), container::kExitFile);
  absl::Time at;
  if (!exit.ok() || !absl::ParseTime(absl::RFC3339_full, exit->at, &at, nullptr)) return response;
  response.exit_status = static_cast<uint32_t>(exit->status);
  response.exited_at = messages::ToTimestamp(at);
  return response;
}

// A shim that was killed leaves its socket behind. The lock is the one that `start` takes, which may be
// creating the group's next socket at the same time.
void RemoveDeadSocket(const std::string& socket) {
  const StatusOr<kernel::Fd> directory =
      kernel::Open(socket.substr(0, socket.rfind('/') + 1), O_RDONLY | O_DIRECTORY);
  if (!directory.ok() || !kernel::LockFile(directory->get(), socket).ok()) return;
  if (!kernel::ConnectUnix(socket, SOCK_STREAM).ok()) unlink(socket.c_str());
}

// containerd writes the ID of a container's sandbox into the bundle. It does not call `delete` for such a
// container, only for the sandbox.
bool IsIn(const std::string& sandbox, const container::Record& record) {
  const StatusOr<std::string> id = kernel::ReadFile(absl::StrCat(record.bundle, "/sandbox"), 4096);
  return id.ok() && *id == sandbox;
}

// containerd publishes the exit of a container whose shim is dead, but not for the containers of a sandbox.
std::string ExitEvent(const std::string& containerd_namespace, const std::string& id,
                      const messages::DeleteResponse& exit) {
  const messages::TaskExit event{.container_id = id,
                                 .id = id,
                                 .pid = exit.pid,
                                 .exit_status = exit.exit_status,
                                 .exited_at = exit.exited_at};
  return ForwardRequestFor(containerd_namespace, "/tasks/exit", messages::TaskExit::kName,
                           messages::Encode(event));
}

std::string EventsAddress() {
  const char* address = getenv("TTRPC_ADDRESS");
  return address == nullptr ? "" : address;
}

// The containers that the dead shim had besides its sandbox.
Status DestroyContainersOf(const std::string& sandbox, const lifecycle::Runtime& runtime,
                           const std::string& containerd_namespace) {
  const StatusOr<std::vector<std::string>> ids = container::ListIds(runtime.root);
  if (!ids.ok()) return absl::OkStatus();
  for (const std::string& id : *ids) {
    const StatusOr<container::Directory> directory = container::Directory::Open(runtime.root, id);
    const StatusOr<container::Record> record = directory.ok() ? directory->Load() : directory.status();
    if (!record.ok() || !IsIn(sandbox, *record)) continue;
    const messages::DeleteResponse exit = ReadExit(runtime, id);
    TARE_RETURN_IF_ERROR(lifecycle::Destroy(runtime, id));
    TARE_RETURN_IF_ERROR(UnmountRootfs(RootfsOf(record->bundle)));
    std::vector<std::string> events = LoadKeptEvents(record->bundle);
    events.push_back(ExitEvent(containerd_namespace, id, exit));
    SendEvents(EventsAddress(), events);
    DropKeptEvents(record->bundle);
  }
  return absl::OkStatus();
}

}  // namespace

Status DeleteAfterDeath(const CommandLine& line) {
  TARE_RETURN_IF_ERROR(container::CheckId(line.id));
  const std::string bundle = line.bundle.empty() ? "." : line.bundle;
  const lifecycle::Runtime runtime = LoadRuntime(bundle, line.containerd_namespace);
  const messages::DeleteResponse response = ReadExit(runtime, line.id);
  TARE_RETURN_IF_ERROR(DestroyContainersOf(line.id, runtime, line.containerd_namespace));
  TARE_RETURN_IF_ERROR(lifecycle::Destroy(runtime, line.id));
  TARE_RETURN_IF_ERROR(UnmountRootfs(RootfsOf(bundle)));
  if (const std::string socket = LoadSocketPath(bundle); !socket.empty()) RemoveDeadSocket(socket);
  // Before the response, because containerd then publishes the exit.
  SendEvents(EventsAddress(), LoadKeptEvents(bundle));
  DropKeptEvents(bundle);
  return kernel::WriteOnce(STDOUT_FILENO, messages::Encode(response), "standard output");
}

}  // namespace tare::shim
