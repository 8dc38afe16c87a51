#include "checkpoint/checkpoint.h"

#include "absl/strings/numbers.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/criu_flags.h"
#include "commands/supervisor.h"
#include "lifecycle/destroy.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kImagePathFlag,
    kWorkPathFlag,
    {.name = "parent-path",
     .value = "DIR",
     .completes = Completes::kDirectory,
     .help = "directory of the previous image, relative to --image-path: save only memory that has changed"},
    {.name = "leave-running", .kind = FlagKind::kBool, .help = "leave the container running"},
    kTcpEstablishedFlag,
    {.name = "tcp-skip-in-flight",
     .kind = FlagKind::kBool,
     .help = "ignore TCP connections that are not accepted yet"},
    {.name = "link-remap", .kind = FlagKind::kBool, .help = "allow open files that have been deleted"},
    kExtUnixSkFlag,
    kShellJobFlag,
    kLazyPagesFlag,
    {.name = "status-fd",
     .kind = FlagKind::kInt,
     .value = "FD",
     .help = "write a zero byte to this descriptor when the --lazy-pages server is ready",
     .initial = "-1"},
    {.name = "page-server", .value = "ADDRESS:PORT", .help = "send memory pages to this page server"},
    kFileLocksFlag,
    {.name = "pre-dump",
     .kind = FlagKind::kBool,
     .help = "save only the memory, and leave the container running"},
    kManageCgroupsFlag,
    kNetworkLockFlag,
    kEmptyNsFlag,
    kAutoDedupFlag,
};

// Go's net.SplitHostPort(): an IPv6 address is in brackets.
StatusOr<std::optional<messages::CriuPageServer>> PageServerOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    return InvalidError("Use --page-server ADDRESS:PORT to specify page server");
  std::string address = text.substr(0, colon);
  if (address.front() == '[' && address.back() == ']') address = address.substr(1, address.size() - 2);
  messages::CriuPageServer server{.address = std::move(address)};
  if (!absl::SimpleAtoi(text.substr(colon + 1), &server.port) || server.port < 1 || server.port > 65535)
    return InvalidError("Invalid port number");
  return server;
}

StatusOr<checkpoint::CheckpointOptions> OptionsOf(const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(checkpoint::CriuOptions criu, CriuOptionsOf(arguments));
  checkpoint::CheckpointOptions options{.criu = std::move(criu),
                                        .parent_path = arguments.String("parent-path"),
                                        .leave_running = arguments.Bool("leave-running"),
                                        .tcp_skip_in_flight = arguments.Bool("tcp-skip-in-flight"),
                                        .link_remap = arguments.Bool("link-remap"),
                                        .pre_dump = arguments.Bool("pre-dump")};
  if (arguments.Int("status-fd") != -1) options.status_fd = static_cast<int>(arguments.Int("status-fd"));
  TARE_ASSIGN_OR_RETURN(options.page_server, PageServerOf(arguments.String("page-server")));
  return options;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const std::string id = arguments.words()[0];
  TARE_ASSIGN_OR_RETURN(session::SupervisorClient supervisor, commands::FindSupervisor(runtime, id));
  TARE_ASSIGN_OR_RETURN(container::Container container, container::Load(runtime.root, id));
  TARE_RETURN_IF_ERROR(checkpoint::CheckCanBeSaved(container));
  TARE_ASSIGN_OR_RETURN(const checkpoint::CheckpointOptions options, OptionsOf(arguments));
  const bool ends = checkpoint::EndsContainer(options);
  if (ends) TARE_RETURN_IF_ERROR(supervisor.NoteDumpBegins());
  if (Status dumped = checkpoint::Dump(container, options); !dumped.ok()) {
    if (ends) supervisor.NoteDumpFailed();
    return dumped;
  }
  if (!ends) return 0;
  if (supervisor) {  // the container is kept until it is deleted, with its exit status and log
    supervisor.AwaitSupervisorExit();
    return 0;
  }
  // The images are complete; as with runc, what goes wrong now does not make the checkpoint a failure.
  if (Status destroyed = lifecycle::Destroy(container); !destroyed.ok()) log::Warning(destroyed.message());
  return 0;
}

}  // namespace

constinit const Command kCheckpointCommand = {
    .name = "checkpoint",
    .group = Group::kOther,
    .summary = "save a running container to disk",
    .operands = "ID",
    .description =
        "Saves the processes of the container, with their memory, as images of CRIU, which must be "
        "installed. "
        "\"tare restore\" makes a container from them, here or on another host.\n"
        "Without --leave-running the container is deleted when it has been saved. A supervised container is "
        "then stopped, and is not restarted.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
