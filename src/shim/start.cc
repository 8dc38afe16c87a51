#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/file.h>
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
#include "kernel/process.h"
#include "kernel/socket.h"
#include "messages/bootstrap.h"
#include "security/own_executable.h"
#include "shim/actions.h"
#include "shim/bundle.h"
#include "shim/options.h"
#include "shim/shim_cgroup.h"

namespace tare::shim {
namespace {

using kernel::Fd;

constexpr char kSocketDirectory[] = "/run/containerd/s";
constexpr size_t kMostInput = 4 << 20;
constexpr int kOomScoreMost = 1000;

// What containerd gives on standard input: since 2.3 parameters, before that the runtime's options alone.
struct Input {
  std::optional<messages::BootstrapParams> parameters;
  messages::Options options;
};

// Old options may by accident be read as parameters: these name us.
bool AreFor(const messages::BootstrapParams& parameters, const CommandLine& line) {
  return parameters.instance_id == line.id && parameters.containerd_namespace == line.containerd_namespace;
}

StatusOr<Input> ParseInput(const std::string& bytes, const CommandLine& line) {
  Input input;
  StatusOr<messages::BootstrapParams> parameters = messages::Decode<messages::BootstrapParams>(bytes);
  if (parameters.ok() && AreFor(*parameters, line)) {
    for (const messages::Extension& extension : parameters->extensions) {
      if (!messages::Is(extension.value, messages::Options::kName)) continue;
      TARE_ASSIGN_OR_RETURN(input.options, ParseOptions(extension.value));
    }
    input.parameters = *std::move(parameters);
    return input;
  }
  TARE_ASSIGN_OR_RETURN(const messages::Any any, messages::Decode<messages::Any>(bytes), "standard input");
  TARE_ASSIGN_OR_RETURN(input.options, ParseOptions(any));
  return input;
}

StatusOr<Input> ReadInput(const CommandLine& line) {
  if (isatty(STDIN_FILENO)) return Input{};  // called by hand
  TARE_ASSIGN_OR_RETURN(const std::string bytes, kernel::ReadAll(STDIN_FILENO, "standard input", kMostInput));
  return ParseInput(bytes, line);
}

// FNV-1a: names must not meet by accident, and whoever may choose them owns the machine.
std::string NameOf(absl::string_view text) {
  absl::uint128 hash = absl::MakeUint128(0x6c62272e07bb0142, 0x62b821756295c58d);
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= absl::MakeUint128(0x0000000001000000, 0x000000000000013b);
  }
  return absl::StrFormat("%016x%016x", absl::Uint128High64(hash), absl::Uint128Low64(hash));
}

// Where the shim of a group listens: the same for all its containers.
struct Place {
  std::string directory, name;
  std::string path() const { return absl::StrCat(directory, "/", name); }
};
Place PlaceOf(const CommandLine& line, const Input& input, const std::string& group) {
  const bool given = input.parameters && !input.parameters->socket_dir.empty();
  return {.directory = given ? input.parameters->socket_dir : kSocketDirectory,
          .name = NameOf(absl::StrCat(line.address, "/", line.containerd_namespace, "/", group))};
}

bool Answers(const Place& place) {
  return kernel::ConnectUnix(place.path(), SOCK_STREAM).ok();
}

// 0711: others pass, but see no names. 0600: and connect to none.
StatusOr<Fd> OpenDirectory(const std::string& path) {
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(path, 0711));
  return kernel::Open(path, O_RDONLY | O_DIRECTORY);
}

StatusOr<Fd> Listen(const Fd& directory, const Place& place) {
  if (unlinkat(directory.get(), place.name.c_str(), 0) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("unlink(", place.path(), ")"));
  return kernel::ListenUnix(directory.get(), place.name, SOCK_STREAM);
}

// One more than containerd's own: under memory pressure it is the container that goes, then its shim, and
// containerd last.
void SetOomScore() {
  const StatusOr<std::string> text = kernel::ReadFile(absl::StrCat("/proc/", getppid(), "/oom_score_adj"));
  int score = 0;
  if (!text.ok() || !absl::SimpleAtoi(*text, &score)) return;
  (void)kernel::WriteFile("/proc/self/oom_score_adj", absl::StrCat(std::min(score + 1, kOomScoreMost)));
}

Status ShareCores() {
  const char* wanted = getenv("SCHED_CORE");
  if (wanted == nullptr || *wanted == '\0') return absl::OkStatus();
  if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_PROCESS_GROUP, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SCHED_CORE_CREATE)");
  return absl::OkStatus();
}

// The child: nothing of ours stays but the socket, and containerd does not wait for what it holds.
Status BecomeShim(const std::string& program, const CommandLine& line, const Place& place, const Fd& socket) {
  if (setsid() < 0) return ErrnoError(errno, "setsid");
  TARE_RETURN_IF_ERROR(ShareCores());
  TARE_RETURN_IF_ERROR(kernel::SetStandardStreams({-1, -1, -1}));
  if (socket.get() != kServedSocket && dup2(socket.get(), kServedSocket) < 0)
    return ErrnoError(errno, "dup2");
  if (fcntl(kServedSocket, F_SETFD, 0) != 0) return ErrnoError(errno, "fcntl(F_SETFD)");
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(kServedSocket + 1));
  std::vector<std::string> words = {program,      "-namespace", line.containerd_namespace,
                                    "-id",        line.id,      "-address",
                                    line.address, "-socket",    place.path()};
  if (line.debug) words.push_back("-debug");
  return security::ExecuteProtected(std::move(words));
}

Status Spawn(const std::string& program, const CommandLine& line, const Input& input, const Place& place,
             const Fd& socket) {
  SetOomScore();  // inherited
  TARE_ASSIGN_OR_RETURN(const kernel::Child child, kernel::Spawn({}, [&] {
                          return BecomeShim(program, line, place, socket).ok() ? 0 : 1;
                        }));
  if (input.options.shim_cgroup.empty()) return absl::OkStatus();
  Status entered = EnterShimCgroup(input.options.shim_cgroup, child.pid);
  if (!entered.ok()) (void)kernel::PidfdSendSignal(child.pidfd.get(), SIGKILL);
  return entered;
}

// containerd before 2.3 takes a bare address for version 2 over ttrpc, whatever its own version is.
Status Answer(const Input& input, const Place& place) {
  TARE_RETURN_IF_ERROR(NoteAddress(".", place.path()));
  std::string answer = absl::StrCat("unix://", place.path());
  if (input.parameters)
    answer = messages::Encode(
        messages::BootstrapResult{.version = 3, .address = std::move(answer), .protocol = "ttrpc"});
  return kernel::WriteOnce(STDOUT_FILENO, answer, "standard output");
}

}  // namespace

Status Start(const std::string& program, const CommandLine& line) {
  if (line.id.empty()) return InvalidError("shim id cannot be empty");
  TARE_ASSIGN_OR_RETURN(const Input input, ReadInput(line));
  const Place place = PlaceOf(line, input, GroupOf(".", line.id));
  TARE_ASSIGN_OR_RETURN(const Fd directory, OpenDirectory(place.directory));
  // Two containers of a pod may begin at the same time.
  if (flock(directory.get(), LOCK_EX) != 0)
    return ErrnoError(errno, absl::StrCat("flock(", place.directory, ")"));
  if (Answers(place)) return Answer(input, place);
  TARE_ASSIGN_OR_RETURN(const Fd socket, Listen(directory, place));
  Status spawned = Spawn(program, line, input, place, socket);
  if (!spawned.ok()) unlinkat(directory.get(), place.name.c_str(), 0);
  TARE_RETURN_IF_ERROR(std::move(spawned), "starting the shim");
  return Answer(input, place);
}

}  // namespace tare::shim
