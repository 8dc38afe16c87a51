// Flags that several commands share.
#pragma once

#include "cli/commands.h"

namespace tare::cli {

inline constexpr Flag kBundleFlag = {.name = "bundle",
                                     .alias = "b",
                                     .value = "DIR",
                                     .completes = Completes::kDirectory,
                                     .help = "bundle directory (default: the current directory)"};
inline constexpr Flag kConfigFlag = {.name = "config",
                                     .alias = "f",
                                     .value = "FILE",
                                     .completes = Completes::kFile,
                                     .help = "read this file instead of the bundle's config.json"};
inline constexpr Flag kNameFlag = {.name = "name",
                                   .value = "ID",
                                   .help = "the ID of the container, in place of the operand",
                                   .is_operand = true};
inline constexpr Flag kCdiSpecDirFlag = {
    .name = "cdi-spec-dir",
    .kind = FlagKind::kStrings,
    .value = "DIR",
    .completes = Completes::kDirectory,
    .help = "look for CDI specifications here (repeatable; default: /etc/cdi, /var/run/cdi)"};
inline constexpr Flag kDryRunFlag = {.name = "dry-run",
                                     .kind = FlagKind::kBool,
                                     .help = "print the plan, and change nothing; see tare-plan(8)"};
inline constexpr Flag kPlanFormatFlag = {.name = "format",
                                         .value = "table|json",
                                         .completes = Completes::kWords,
                                         .help = "with --dry-run: output format",
                                         .initial = "table"};
inline constexpr Flag kConsoleSocketFlag = {.name = "console-socket",
                                            .value = "PATH",
                                            .completes = Completes::kFile,
                                            .help = "send the terminal to this UNIX socket"};
inline constexpr Flag kPidfdSocketFlag = {.name = "pidfd-socket",
                                          .value = "PATH",
                                          .completes = Completes::kFile,
                                          .help = "send a pidfd of the process to this UNIX socket"};
inline constexpr Flag kPidFileFlag = {.name = "pid-file",
                                      .value = "FILE",
                                      .completes = Completes::kFile,
                                      .help = "write the process ID to this file"};
inline constexpr Flag kPreserveFdsFlag = {
    .name = "preserve-fds",
    .kind = FlagKind::kInt,
    .value = "N",
    .help = "pass N more file descriptors, after 0 to 2 and those in $LISTEN_FDS",
    .initial = "0"};
inline constexpr Flag kDetachFlag = {.name = "detach",
                                     .alias = "d",
                                     .kind = FlagKind::kBool,
                                     .help = "return as soon as the process has started"};
inline constexpr Flag kNoPivotFlag = {
    .name = "no-pivot",
    .kind = FlagKind::kBool,
    .help = "do not use pivot_root(2); for a root filesystem on an initramfs"};
inline constexpr Flag kNoNewKeyringFlag = {
    .name = "no-new-keyring", .kind = FlagKind::kBool, .help = "keep the caller's session keyring"};
inline constexpr Flag kNoSubreaperFlag = {
    .name = "no-subreaper",
    .kind = FlagKind::kBool,
    .help = "do not become the parent of the container's orphaned processes"};
inline constexpr Flag kSuperviseFlag = {
    .name = "supervise",
    .kind = FlagKind::kBool,
    .help = "keep a process that stores output and exit status, and can restart the container"};
inline constexpr Flag kRemoveFlag = {
    .name = "rm", .kind = FlagKind::kBool, .help = "delete the container when its program exits"};
inline constexpr Flag kInteractiveFlag = {
    .name = "interactive",
    .alias = "i",
    .kind = FlagKind::kBool,
    .help = "with --supervise: keep standard input open for \"tare attach\""};
inline constexpr Flag kRestartFlag = {.name = "restart",
                                      .value = "no|on-failure[:N]|always",
                                      .completes = Completes::kWords,
                                      .help = "with --supervise: when to restart the container",
                                      .initial = "no"};
inline constexpr Flag kLogDirFlag = {
    .name = "log-dir",
    .value = "DIR",
    .completes = Completes::kDirectory,
    .help = "with --supervise: directory for the log file, ID.log (default: below --root)"};
inline constexpr Flag kLogMaxSizeFlag = {.name = "log-max-size",
                                         .value = "SIZE",
                                         .help = "with --supervise: rotate the log at this size",
                                         .initial = "4m"};
inline constexpr Flag kLogMaxFilesFlag = {.name = "log-max-files",
                                          .kind = FlagKind::kInt,
                                          .value = "N",
                                          .help = "with --supervise: keep at most N log files",
                                          .initial = "2"};
inline constexpr Flag kRegexFlag = {.name = "regex",
                                    .alias = "r",
                                    .kind = FlagKind::kBool,
                                    .help = "treat ID as an extended regular expression, see regex(7)"};
inline constexpr Flag kFormatFlag = {.name = "format",
                                     .alias = "f",
                                     .value = "table|json",
                                     .completes = Completes::kWords,
                                     .help = "output format",
                                     .initial = "table"};

}  // namespace tare::cli
