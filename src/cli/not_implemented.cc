// Commands that are not implemented yet. Their flags are accepted, because engines use them to find out
// whether a runtime supports checkpoints: podman calls `checkpoint --help`, and `restore --lsm-mount-context`
// without its argument.
#include "cli/command.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kImagePathFlag = {.name = "image-path",
                                 .value = "DIR",
                                 .completes = Completes::kDirectory,
                                 .help = "directory of the checkpoint image"};
constexpr Flag kWorkPathFlag = {.name = "work-path",
                                .value = "DIR",
                                .completes = Completes::kDirectory,
                                .help = "directory for logs and temporary files"};
constexpr Flag kTcpEstablishedFlag = {
    .name = "tcp-established", .kind = FlagKind::kBool, .help = "allow open TCP connections"};
constexpr Flag kExtUnixSkFlag = {.name = "ext-unix-sk",
                                 .kind = FlagKind::kBool,
                                 .help = "allow UNIX sockets with a peer outside the container"};
constexpr Flag kShellJobFlag = {
    .name = "shell-job", .kind = FlagKind::kBool, .help = "allow processes that belong to a shell's session"};
constexpr Flag kFileLocksFlag = {.name = "file-locks", .kind = FlagKind::kBool, .help = "allow file locks"};
constexpr Flag kManageCgroupsFlag = {.name = "manage-cgroups-mode",
                                     .value = "soft|full|strict|ignore",
                                     .completes = Completes::kWords,
                                     .help = "how to save and restore cgroups"};
constexpr Flag kEmptyNsFlag = {.name = "empty-ns",
                               .kind = FlagKind::kStrings,
                               .value = "NAMESPACE",
                               .help = "create this namespace, but do not restore its contents (repeatable)"};
constexpr Flag kAutoDedupFlag = {
    .name = "auto-dedup", .kind = FlagKind::kBool, .help = "remove duplicate memory pages from images"};
constexpr Flag kLazyPagesFlag = {.name = "lazy-pages",
                                 .kind = FlagKind::kBool,
                                 .help = "restore memory pages on first access, see userfaultfd(2)"};

constexpr Flag kCheckpointFlags[] = {
    kImagePathFlag,
    kWorkPathFlag,
    {.name = "parent-path",
     .value = "DIR",
     .completes = Completes::kDirectory,
     .help = "directory of the previous image, in an incremental checkpoint"},
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
     .help = "file descriptor that is notified when the --lazy-pages server is ready",
     .initial = "-1"},
    {.name = "page-server", .value = "ADDRESS:PORT", .help = "send memory pages to this page server"},
    kFileLocksFlag,
    {.name = "pre-dump",
     .kind = FlagKind::kBool,
     .help = "save only the memory, and leave the container running"},
    kManageCgroupsFlag,
    kEmptyNsFlag,
    kAutoDedupFlag,
};

constexpr Flag kRestoreFlags[] = {
    kConsoleSocketFlag,
    kImagePathFlag,
    kWorkPathFlag,
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
    {.name = "lsm-profile", .value = "TYPE:NAME", .help = "restore with this security profile"},
    {.name = "lsm-mount-context", .value = "CONTEXT", .help = "mount with this security context"},
};

Status NotImplemented(absl::string_view name) {
  return absl::UnimplementedError(absl::StrCat("tare: ", name, " is not implemented yet"));
}

}  // namespace

constinit const Command kCheckpointCommand = {
    .name = "checkpoint",
    .group = Group::kOther,
    .summary = "save a running container to disk (not implemented)",
    .operands = "ID",
    .description = "Accepts all flags, and then fails: checkpoints are not implemented yet.\n",
    .flags = kCheckpointFlags,
    .completes = Completes::kContainer,
    .run = [](const lifecycle::Runtime&, const Arguments&) -> StatusOr<int> {
      return NotImplemented("checkpoint");
    },
};

constinit const Command kRestoreCommand = {
    .name = "restore",
    .group = Group::kOther,
    .summary = "restore a saved container (not implemented)",
    .operands = "ID",
    .description = "Accepts all flags, and then fails: checkpoints are not implemented yet.\n",
    .flags = kRestoreFlags,
    .run = [](const lifecycle::Runtime&, const Arguments&) -> StatusOr<int> {
      return NotImplemented("restore");
    },
};

}  // namespace tare::cli
