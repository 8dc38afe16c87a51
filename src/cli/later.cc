// Commands whose flags are known and whose work is not built yet. Engines look at their flags before they
// offer checkpoints: podman calls `checkpoint --help`, and `restore --lsm-mount-context` without its
// argument.
#include "cli/command.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kTcpEstablishedFlag = {
    .name = "tcp-established", .kind = FlagKind::kBool, .help = "allow open TCP connections"};
constexpr Flag kExtUnixSkFlag = {.name = "ext-unix-sk",
                                 .kind = FlagKind::kBool,
                                 .help = "allow UNIX sockets that lead out of the container"};
constexpr Flag kShellJobFlag = {
    .name = "shell-job", .kind = FlagKind::kBool, .help = "allow processes that belong to a shell's session"};
constexpr Flag kFileLocksFlag = {
    .name = "file-locks", .kind = FlagKind::kBool, .help = "allow held file locks"};
constexpr Flag kManageCgroupsFlag = {.name = "manage-cgroups-mode",
                                     .help = "how cgroups are treated: soft, full, strict or ignore"};
constexpr Flag kEmptyNsFlag = {
    .name = "empty-ns", .kind = FlagKind::kStrings, .help = "a namespace made, but not filled: network"};
constexpr Flag kAutoDedupFlag = {.name = "auto-dedup",
                                 .kind = FlagKind::kBool,
                                 .help = "drop pages from the image once they are elsewhere"};
constexpr Flag kLazyPagesFlag = {.name = "lazy-pages",
                                 .kind = FlagKind::kBool,
                                 .help = "restore memory when it is touched (userfaultfd(2))"};

constexpr Flag kCheckpointFlags[] = {
    {.name = "image-path", .help = "the directory to save the image in"},
    {.name = "work-path", .help = "the directory for logs and working files"},
    {.name = "parent-path", .help = "the directory of the image that this one builds on"},
    {.name = "leave-running", .kind = FlagKind::kBool, .help = "do not stop the container"},
    kTcpEstablishedFlag,
    {.name = "tcp-skip-in-flight",
     .kind = FlagKind::kBool,
     .help = "leave out TCP connections not yet accepted"},
    {.name = "link-remap", .kind = FlagKind::kBool, .help = "allow open files whose name was removed"},
    kExtUnixSkFlag,
    kShellJobFlag,
    kLazyPagesFlag,
    {.name = "status-fd",
     .kind = FlagKind::kInt,
     .help = "the descriptor that is told when the page server of --lazy-pages is ready",
     .initial = "-1"},
    {.name = "page-server", .help = "ADDRESS:PORT of the page server"},
    kFileLocksFlag,
    {.name = "pre-dump",
     .kind = FlagKind::kBool,
     .help = "save the memory only, and leave the container running"},
    kManageCgroupsFlag,
    kEmptyNsFlag,
    kAutoDedupFlag,
};

constexpr Flag kRestoreFlags[] = {
    kConsoleSocketFlag,
    {.name = "image-path", .help = "the directory of the image"},
    {.name = "work-path", .help = "the directory for logs and working files"},
    kTcpEstablishedFlag,
    kExtUnixSkFlag,
    kShellJobFlag,
    kFileLocksFlag,
    kManageCgroupsFlag,
    kBundleFlag,
    kDetachFlag,
    kPidFileFlag,
    kNoSubreaperFlag,
    kNoPivotFlag,
    kEmptyNsFlag,
    kAutoDedupFlag,
    kLazyPagesFlag,
    {.name = "lsm-profile", .help = "the security profile to restore with: TYPE:NAME"},
    {.name = "lsm-mount-context", .help = "the security context to mount with"},
};

Status NotBuilt(absl::string_view name) {
  return absl::UnimplementedError(absl::StrCat("tare: ", name, " is not built yet"));
}

}  // namespace

constinit const Command kCheckpointCommand = {
    .name = "checkpoint",
    .summary = "save a running container to disk (not built yet)",
    .operands = "<container-id>",
    .description = "   The flags are read; the work is not built yet, and the command fails.\n",
    .flags = kCheckpointFlags,
    .run = [](const lifecycle::Runtime&, const Arguments&) -> StatusOr<int> {
      return NotBuilt("checkpoint");
    },
};

constinit const Command kRestoreCommand = {
    .name = "restore",
    .summary = "bring a saved container back (not built yet)",
    .operands = "<container-id>",
    .description = "   The flags are read; the work is not built yet, and the command fails.\n",
    .flags = kRestoreFlags,
    .run = [](const lifecycle::Runtime&, const Arguments&) -> StatusOr<int> { return NotBuilt("restore"); },
};

}  // namespace tare::cli
