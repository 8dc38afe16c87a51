// The flags of `run`, `create` and `plan` that change config.json before it is parsed.
//
// This is the one place where that happens. The order: the shell's flags (src/edit), then
// devices (src/cdi).
#pragma once

#include <array>

#include "base/status.h"
#include "cli/commands.h"
#include "cli/shared_flags.h"
#include "lifecycle/create/options.h"

namespace tare::cli {

inline constexpr auto kConfigEditFlags = std::to_array<Flag>({
    {.name = "env",
     .alias = "e",
     .kind = FlagKind::kStrings,
     .value = "NAME[=VALUE]",
     .help = "set an environment variable; without a value, take it from tare's environment (repeatable)"},
    {.name = "env-file",
     .kind = FlagKind::kStrings,
     .value = "FILE",
     .completes = Completes::kFile,
     .help = "set the environment variables in this file, one on a line (repeatable)"},
    {.name = "workdir", .alias = "w", .value = "DIR", .help = "working directory of the program"},
    {.name = "user",
     .alias = "u",
     .value = "USER[:GROUP]",
     .help =
         "user and group of the program: numbers, or names in the container's /etc/passwd and /etc/group"},
    {.name = "group-add",
     .kind = FlagKind::kStrings,
     .value = "GROUP",
     .help = "add a supplementary group, a number or a name (repeatable)"},
    {.name = "tty", .alias = "t", .kind = FlagKind::kBool, .help = "give the program a terminal"},
    {.name = "cap-add",
     .kind = FlagKind::kStrings,
     .value = "CAP",
     .help = "add a capability, such as NET_ADMIN, or ALL (repeatable)"},
    {.name = "cap-drop",
     .kind = FlagKind::kStrings,
     .value = "CAP",
     .help = "take a capability away, or ALL (repeatable)"},
    {.name = "hostname", .value = "NAME", .help = "host name of the container"},
    {.name = "read-only", .kind = FlagKind::kBool, .help = "make the root filesystem read-only"},
    {.name = "read-only-tmpfs",
     .kind = FlagKind::kBool,
     .help = "with --read-only: mount a tmpfs on /run, /tmp and /var/tmp (default: true)"},
    {.name = "mount",
     .kind = FlagKind::kStrings,
     .value = "type=TYPE,src=PATH,dst=PATH[,OPTION...]",
     .help = "mount a file system; TYPE is bind, tmpfs, ramfs or devpts (repeatable)"},
    {.name = "volume",
     .alias = "v",
     .kind = FlagKind::kStrings,
     .value = "SOURCE:DESTINATION[:OPTION,...]",
     .completes = Completes::kDirectory,
     .help = "mount a directory or file of the host (repeatable)"},
    {.name = "memory", .alias = "m", .value = "SIZE", .help = "memory limit, such as 512m or 1.5g"},
    {.name = "memory-reservation",
     .value = "SIZE",
     .help = "memory that the container keeps when the host runs short"},
    {.name = "memory-swap",
     .value = "SIZE",
     .help = "limit of memory and swap together (default: twice --memory); -1 for no limit"},
    {.name = "cpus", .value = "N", .help = "CPU time: as much as N CPUs have, such as 1.5"},
    {.name = "cpu-shares",
     .alias = "c",
     .value = "N",
     .help = "relative share of CPU time; the kernel's default is 1024"},
    {.name = "cpuset-cpus", .value = "LIST", .help = "CPUs to run on, such as 0-3,7"},
    {.name = "cpuset-mems", .value = "LIST", .help = "memory nodes to use, such as 0-1"},
    {.name = "pids-limit",
     .kind = FlagKind::kInt,
     .value = "N",
     .help = "number of processes and threads; -1 for no limit"},
    {.name = "annotation",
     .kind = FlagKind::kStrings,
     .value = "KEY=VALUE",
     .help = "add an annotation (repeatable)"},
    {.name = "device",
     .kind = FlagKind::kStrings,
     .value = "DEVICE",
     .completes = Completes::kDevice,
     .help = "add a device: vendor.com/class=name (CDI) or /dev/x[:/dev/y][:rwm] (repeatable)"},
    kCdiSpecDirFlag,
});

// Empty if no such flag, and no program, is given. What belongs to the caller (its environment, --env-file,
// relative paths) is read here; the config is changed when the bundle is read.
StatusOr<lifecycle::ConfigEdit> ConfigEditOf(const Arguments& arguments);

// The same flags, and others that describe the container, as the container's record keeps them. Variables
// that come from the caller's environment have their values.
StatusOr<lifecycle::CommandLine> CommandLineOf(const Arguments& arguments);

}  // namespace tare::cli
