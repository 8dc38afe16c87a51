// Flags that several commands have.
#pragma once

#include "cli/flags.h"

namespace tare::cli {

inline constexpr Flag kBundleFlag = {
    .name = "bundle", .alias = "b", .help = "the bundle's directory; without it, the current directory"};
inline constexpr Flag kConsoleSocketFlag = {
    .name = "console-socket",
    .help = "the UNIX socket to which the master of the container's terminal is sent"};
inline constexpr Flag kPidfdSocketFlag = {.name = "pidfd-socket",
                                          .help = "the UNIX socket to which a pidfd of the process is sent"};
inline constexpr Flag kPidFileFlag = {.name = "pid-file", .help = "the file to write the process's pid to"};
inline constexpr Flag kPreserveFdsFlag = {
    .name = "preserve-fds",
    .kind = FlagKind::kInt,
    .help = "how many descriptors the process gets besides 0 to 2 and $LISTEN_FDS",
    .initial = "0"};
inline constexpr Flag kDetachFlag = {
    .name = "detach", .alias = "d", .kind = FlagKind::kBool, .help = "return as soon as the process runs"};
inline constexpr Flag kNoPivotFlag = {
    .name = "no-pivot",
    .kind = FlagKind::kBool,
    .help = "do not pivot_root(2), but move the root: for a root filesystem on the initramfs"};
inline constexpr Flag kNoNewKeyringFlag = {
    .name = "no-new-keyring", .kind = FlagKind::kBool, .help = "keep the caller's session keyring"};
inline constexpr Flag kNoSubreaperFlag = {
    .name = "no-subreaper",
    .kind = FlagKind::kBool,
    .help = "do not adopt processes of the container that lost their parent"};
inline constexpr Flag kSuperviseFlag = {
    .name = "supervise",
    .kind = FlagKind::kBool,
    .help = "leave a process behind that keeps output and exit status, and restarts"};
inline constexpr Flag kInteractiveFlag = {.name = "interactive",
                                          .alias = "i",
                                          .kind = FlagKind::kBool,
                                          .help = "supervised: keep standard input open for \"tare attach\""};
inline constexpr Flag kRestartFlag = {
    .name = "restart", .help = "supervised: no, on-failure, on-failure:N or always", .initial = "no"};
inline constexpr Flag kLogDirFlag = {
    .name = "log-dir",
    .help = "supervised: where the log <container-id>.log is kept, instead of below --root"};
inline constexpr Flag kLogMaxSizeFlag = {
    .name = "log-max-size", .help = "supervised: when the log is rotated", .initial = "4m"};
inline constexpr Flag kLogMaxFilesFlag = {.name = "log-max-files",
                                          .kind = FlagKind::kInt,
                                          .help = "supervised: how many files the log has at most",
                                          .initial = "2"};
inline constexpr Flag kRegexFlag = {
    .name = "regex",
    .alias = "r",
    .kind = FlagKind::kBool,
    .help = "<container-id> is a regular expression: every container that it matches"};
inline constexpr Flag kFormatFlag = {
    .name = "format", .alias = "f", .help = "table or json", .initial = "table"};

}  // namespace tare::cli
