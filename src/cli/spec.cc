#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/strip.h"
#include "cgroup/layout.h"
#include "cli/commands.h"
#include "kernel/file.h"
#include "line/output.h"
#include "spec/features.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "bundle",
     .alias = "b",
     .value = "DIR",
     .completes = Completes::kDirectory,
     .help = "directory to write to (default: the current directory)"},
    {.name = "detached",
     .kind = FlagKind::kBool,
     .help = "write a config for \"tare run --detach\": no terminal, and a program that keeps running"},
    {.name = "file",
     .alias = "f",
     .value = "FILE",
     .completes = Completes::kFile,
     .help = "name of the file to write, relative to the bundle",
     .initial = "config.json"},
    {.name = "rootless",
     .kind = FlagKind::kBool,
     .help = "write a config for a user without privileges, with a user namespace"},
};

Status WriteConfig(const std::string& path, absl::string_view document) {
  StatusOr<kernel::Fd> file = kernel::Open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (ErrnoOf(file.status()) == EEXIST)
    return absl::AlreadyExistsError(absl::StrCat("File ", path, " exists. Remove it first"));
  TARE_RETURN_IF_ERROR(file.status());
  Status written = line::WriteAll(file->get(), absl::StrCat(absl::StripSuffix(document, "\n"), "\n"), path);
  if (!written.ok()) unlink(path.c_str());
  return written;
}

std::string FileToWrite(const Arguments& arguments) {
  const std::string bundle = arguments.String("bundle");
  const std::string file = arguments.String("file");
  return bundle.empty() || file.starts_with('/') ? file : absl::StrCat(bundle, "/", file);
}

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments& arguments) {
  const std::string path = FileToWrite(arguments);
  const auto cgroup =
      cgroup::UnifiedAtUsualPlace() ? spec::CgroupNamespace::kNew : spec::CgroupNamespace::kShared;
  const auto program = arguments.Bool("detached") ? spec::Program::kWaits : spec::Program::kShell;
  TARE_RETURN_IF_ERROR(WriteConfig(
      path, arguments.Bool("rootless") ? spec::RootlessConfigDocument(geteuid(), getegid(), cgroup, program)
                                       : spec::DefaultConfigDocument(cgroup, program)));
  return 0;
}

}  // namespace

constinit const Command kSpecCommand = {
    .name = "spec",
    .group = Group::kOther,
    .summary = "write a default config.json",
    .operands = "",
    .description =
        "The container runs \"sh\" on a terminal, in the root filesystem ./rootfs, with few privileges. Edit "
        "the "
        "file as needed. An existing config.json is not overwritten.\n"
        "With --detached, the container runs without a terminal, and waits until it is stopped. It can be "
        "run "
        "in the background with \"tare run --detach ID\", and entered with \"tare exec ID COMMAND\".\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
