#include "checkpoint/restore.h"

#include "cli/commands.h"
#include "cli/criu_flags.h"
#include "cli/options.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kConsoleSocketFlag,
    kImagePathFlag,
    kWorkPathFlag,
    kTcpEstablishedFlag,
    {.name = "tcp-close", .kind = FlagKind::kBool, .help = "restore TCP connections as closed ones"},
    kExtUnixSkFlag,
    kShellJobFlag,
    kFileLocksFlag,
    kManageCgroupsFlag,
    kNetworkLockFlag,
    kBundleFlag,
    kDetachFlag,
    kPidFileFlag,
    kNoSubreaperFlag,
    kNoPivotFlag,
    kEmptyNsFlag,
    kAutoDedupFlag,
    kLazyPagesFlag,
    {.name = "lsm-profile",
     .value = "TYPE:NAME",
     .help = "restore the processes with this profile or label, \"apparmor:NAME\" or \"selinux:LABEL\""},
    {.name = "lsm-mount-context", .value = "CONTEXT", .help = "mount with this SELinux context"},
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  if (arguments.Bool("detach")) LogErrorsOnlyIfStderrIsInherited(arguments);
  TARE_ASSIGN_OR_RETURN(checkpoint::CriuOptions criu, CriuOptionsOf(arguments));
  const std::string bundle = arguments.String("bundle");
  checkpoint::RestoreOptions options{.criu = std::move(criu),
                                     .create = {.id = arguments.words()[0],
                                                .bundle = bundle.empty() ? "." : bundle,
                                                .console_socket = arguments.String("console-socket"),
                                                .pid_file = arguments.String("pid-file"),
                                                .no_pivot = arguments.Bool("no-pivot")},
                                     .lsm_profile = arguments.String("lsm-profile"),
                                     .lsm_mount_context = arguments.String("lsm-mount-context"),
                                     .detach = arguments.Bool("detach"),
                                     .no_subreaper = arguments.Bool("no-subreaper")};
  options.criu.tcp_close = arguments.Bool("tcp-close");
  return checkpoint::Restore(runtime, options);
}

}  // namespace

constinit const Command kRestoreCommand = {
    .name = "restore",
    .group = Group::kOther,
    .summary = "make a container from the images of a checkpoint",
    .operands = "ID",
    .description =
        "Makes a container from a bundle and from the images that \"tare checkpoint\" has written. The "
        "bundle "
        "is that of the saved container, or one with the same rootfs and config.json.\n"
        "Without --detach, tare stays in the foreground, as \"tare run\" does.\n",
    .flags = kFlags,
    .run = Run,
};

}  // namespace tare::cli
