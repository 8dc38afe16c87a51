// The flags that checkpoint and restore have in common.
#pragma once

#include "base/status.h"
#include "checkpoint/options.h"
#include "cli/commands.h"

namespace tare::cli {

inline constexpr Flag kImagePathFlag = {.name = "image-path",
                                        .value = "DIR",
                                        .completes = Completes::kDirectory,
                                        .help = "directory of the images (default: ./checkpoint)"};
inline constexpr Flag kWorkPathFlag = {
    .name = "work-path",
    .value = "DIR",
    .completes = Completes::kDirectory,
    .help = "directory of CRIU's log and statistics (default: --image-path)"};
inline constexpr Flag kTcpEstablishedFlag = {
    .name = "tcp-established", .kind = FlagKind::kBool, .help = "allow open TCP connections"};
inline constexpr Flag kExtUnixSkFlag = {.name = "ext-unix-sk",
                                        .kind = FlagKind::kBool,
                                        .help = "allow UNIX sockets with a peer outside the container"};
inline constexpr Flag kShellJobFlag = {
    .name = "shell-job", .kind = FlagKind::kBool, .help = "allow processes that belong to a shell's session"};
inline constexpr Flag kFileLocksFlag = {
    .name = "file-locks", .kind = FlagKind::kBool, .help = "allow file locks"};
inline constexpr Flag kLazyPagesFlag = {.name = "lazy-pages",
                                        .kind = FlagKind::kBool,
                                        .help = "restore memory pages on first access, see userfaultfd(2)"};
inline constexpr Flag kManageCgroupsFlag = {.name = "manage-cgroups-mode",
                                            .value = "soft|full|strict|ignore",
                                            .completes = Completes::kWords,
                                            .help = "what CRIU does with cgroups and their limits",
                                            .initial = "soft"};
inline constexpr Flag kEmptyNsFlag = {
    .name = "empty-ns",
    .kind = FlagKind::kStrings,
    .value = "NAMESPACE",
    .help = "do not save or restore the contents of this namespace; only \"network\", always"};
inline constexpr Flag kAutoDedupFlag = {
    .name = "auto-dedup",
    .kind = FlagKind::kBool,
    .help = "remove memory pages from an image when a later one has them"};
inline constexpr Flag kNetworkLockFlag = {.name = "network-lock",
                                          .value = "iptables|nftables|skip",
                                          .completes = Completes::kWords,
                                          .help = "how CRIU stops network traffic (default: CRIU's)"};

// The fields of these flags. Errors are in runc's words.
StatusOr<checkpoint::CriuOptions> CriuOptionsOf(const Arguments& arguments);

}  // namespace tare::cli
