#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "absl/numeric/int128.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "messages/bootstrap.h"
#include "sandbox/bundle.h"
#include "security/own_executable.h"
#include "shim/bundle.h"
#include "shim/commands.h"
#include "shim/options.h"
#include "shim/shim_cgroup.h"

namespace tare::shim {
namespace {

using kernel::Fd;

constexpr char kSocketDirectory[] = "/run/containerd/s";
constexpr size_t kMostInput = 4 << 20;
constexpr int kOomScoreMost = 1000;

// What containerd writes to standard input: parameters since 2.3, only the runtime's options before.
struct Input {
  std::optional<messages::BootstrapParams> parameters;
  messages::Options options;
  messages::Any given_options;  // as containerd wrote them
};

// Old options may happen to be readable as parameters. Only real parameters contain our ID and namespace.
bool AreParametersOf(const messages::BootstrapParams& parameters, const CommandLine& line) {
  return parameters.instance_id == line.id && parameters.containerd_namespace == line.containerd_namespace;
}

StatusOr<Input> ParseInput(const std::string& bytes, const CommandLine& line) {
  Input input;
  StatusOr<messages::BootstrapParams> parameters = messages::Decode<messages::BootstrapParams>(bytes);
  if (parameters.ok() && AreParametersOf(*parameters, line)) {
    for (const messages::Extension& extension : parameters->extensions) {
      if (!messages::Is(extension.value, messages::Options::kName)) continue;
      TARE_ASSIGN_OR_RETURN(input.options, ParseOptions(extension.value));
      input.given_options = extension.value;
    }
    input.parameters = *std::move(parameters);
    return input;
  }
  TARE_ASSIGN_OR_RETURN(input.given_options, messages::Decode<messages::Any>(bytes), "standard input");
  TARE_ASSIGN_OR_RETURN(input.options, ParseOptions(input.given_options));
  return input;
}

StatusOr<Input> ReadInput(const CommandLine& line) {
  if (isatty(STDIN_FILENO)) return Input{};  // called by hand
  TARE_ASSIGN_OR_RETURN(const std::string bytes, kernel::ReadAll(STDIN_FILENO, "standard input", kMostInput));
  return ParseInput(bytes, line);
}

// FNV-1a. Collisions must not happen by accident. Deliberate ones do no harm: whoever can choose the text
// controls the machine anyway.
std::string SocketNameFor(absl::string_view text) {
  absl::uint128 hash = absl::MakeUint128(0x6c62272e07bb0142, 0x62b821756295c58d);
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= absl::MakeUint128(0x0000000001000000, 0x000000000000013b);
  }
  return absl::StrFormat("%016x%016x", absl::Uint128High64(hash), absl::Uint128Low64(hash));
}

// Where the shim of a group listens. It is the same for all containers of the group.
struct SocketPath {
  std::string directory, name;
  std::string full() const { return absl::StrCat(directory, "/", name); }
};
SocketPath SocketPathFor(const CommandLine& line, const Input& input, const std::string& group) {
  const bool given = input.parameters && !input.parameters->socket_dir.empty();
  return {.directory = given ? input.parameters->socket_dir : kSocketDirectory,
          .name = SocketNameFor(absl::StrCat(line.address, "/", line.containerd_namespace, "/", group))};
}

bool IsServed(const SocketPath& path) {
  return kernel::ConnectUnix(path.full(), SOCK_STREAM).ok();
}

// With mode 0711, other users cannot list the sockets. With mode 0600, they cannot connect to one.
StatusOr<Fd> OpenDirectory(const std::string& path) {
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(path, 0711));
  return kernel::Open(path, O_RDONLY | O_DIRECTORY);
}

StatusOr<Fd> Listen(const Fd& directory, const SocketPath& path) {
  if (unlinkat(directory.get(), path.name.c_str(), 0) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("unlink(", path.full(), ")"));
  return kernel::ListenUnix(directory.get(), path.name, SOCK_STREAM);
}

// One more than containerd's: when memory runs out, the kernel kills the container first, then its shim,
// and containerd last.
void SetOomScore() {
  const StatusOr<std::string> text = kernel::ReadFile(absl::StrCat("/proc/", getppid(), "/oom_score_adj"));
  int score = 0;
  if (!text.ok() || !absl::SimpleAtoi(*text, &score)) return;
  (void)kernel::WriteFile("/proc/self/oom_score_adj", absl::StrCat(std::min(score + 1, kOomScoreMost)));
}

Status EnableCoreScheduling() {
  const char* wanted = getenv("SCHED_CORE");
  if (wanted == nullptr || *wanted == '\0') return absl::OkStatus();
  if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_PROCESS_GROUP, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SCHED_CORE_CREATE)");
  return absl::OkStatus();
}

// In the child: keeps only the socket. containerd waits until the standard streams of `start` are closed, so
// they are replaced.
Status ExecuteShim(const std::string& program, const CommandLine& line, const SocketPath& path,
                   const Fd& socket) {
  if (setsid() < 0) return ErrnoError(errno, "setsid");
  TARE_RETURN_IF_ERROR(EnableCoreScheduling());
  TARE_RETURN_IF_ERROR(kernel::SetStandardStreams({-1, -1, -1}));
  if (socket.get() != kServedSocket && dup2(socket.get(), kServedSocket) < 0)
    return ErrnoError(errno, "dup2");
  if (fcntl(kServedSocket, F_SETFD, 0) != 0) return ErrnoError(errno, "fcntl(F_SETFD)");
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(kServedSocket + 1));
  std::vector<std::string> words = {program,      "-namespace", line.containerd_namespace,
                                    "-id",        line.id,      "-address",
                                    line.address, "-socket",    path.full()};
  if (line.debug) words.push_back("-debug");
  return security::ExecuteProtected(std::move(words));
}

Status Spawn(const std::string& program, const CommandLine& line, const Input& input, const SocketPath& path,
             const Fd& socket) {
  SetOomScore();  // inherited
  TARE_ASSIGN_OR_RETURN(const kernel::Child child, kernel::Spawn({}, [&] {
                          return ExecuteShim(program, line, path, socket).ok() ? 0 : 1;
                        }));
  if (input.options.shim_cgroup.empty()) return absl::OkStatus();
  Status entered = EnterShimCgroup(input.options.shim_cgroup, child.pid);
  if (!entered.ok()) (void)kernel::PidfdSendSignal(child.pidfd.get(), SIGKILL);
  return entered;
}

// Every containerd before 2.3 understands a bare address as version 2 over ttrpc.
Status PrintAddress(const Input& input, const SocketPath& path) {
  TARE_RETURN_IF_ERROR(SaveSocketPath(".", path.full()));
  std::string address = absl::StrCat("unix://", path.full());
  if (input.parameters)
    address = messages::Encode(
        messages::BootstrapResult{.version = 3, .address = std::move(address), .protocol = "ttrpc"});
  return kernel::WriteOnce(STDOUT_FILENO, address, "standard output");
}

}  // namespace

Status Start(const std::string& program, const CommandLine& line) {
  if (line.id.empty()) return InvalidError("shim id cannot be empty");
  TARE_ASSIGN_OR_RETURN(const Input input, ReadInput(line));
  const BundleFacts bundle = LookAtBundle(".", line.id);
  if (!bundle.describes_container) TARE_RETURN_IF_ERROR(sandbox::SaveOptions(".", input.given_options));
  const SocketPath path = SocketPathFor(line, input, bundle.group);
  TARE_ASSIGN_OR_RETURN(const Fd directory, OpenDirectory(path.directory));
  // Two containers of a pod may be started at the same time.
  TARE_RETURN_IF_ERROR(kernel::LockFile(directory.get(), path.directory));
  if (IsServed(path)) return PrintAddress(input, path);
  TARE_ASSIGN_OR_RETURN(const Fd socket, Listen(directory, path));
  Status spawned = Spawn(program, line, input, path, socket);
  if (!spawned.ok()) unlinkat(directory.get(), path.name.c_str(), 0);
  TARE_RETURN_IF_ERROR(std::move(spawned), "starting the shim");
  return PrintAddress(input, path);
}

}  // namespace tare::shim
