#include "lifecycle/create.h"

#include <limits>

#include "base/log.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kBundleFlag,       kConsoleSocketFlag, kPidfdSocketFlag, kPidFileFlag,     kNoPivotFlag,
    kNoNewKeyringFlag, kPreserveFdsFlag,   kSuperviseFlag,   kInteractiveFlag, kRestartFlag,
    kLogDirFlag,       kLogMaxSizeFlag,    kLogMaxFilesFlag,
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(lifecycle::CreateOptions options, CreateOptionsOf(arguments));
  TARE_ASSIGN_OR_RETURN(const std::optional<supervise::Options> supervised,
                        SuperviseOptionsOf(arguments, supervise::Until::kCreated));
  if (!supervised) SpareContainersStderr(arguments);
  Status created = supervised ? supervise::Launch(runtime, *supervised) : lifecycle::Create(runtime, options);
  TARE_RETURN_IF_ERROR(std::move(created), "tare create failed");
  return 0;
}

}  // namespace

void SpareContainersStderr(const Arguments& arguments) {
  if (arguments.String("console-socket").empty()) log::SpareContainersStderr();
}

StatusOr<int> PreserveFds(const Arguments& arguments) {
  int64_t count = arguments.Int("preserve-fds");
  if (count < 0 || count > std::numeric_limits<int>::max())
    return InvalidError("invalid value \"", count, "\" for flag -preserve-fds: value out of range");
  return static_cast<int>(count);
}

StatusOr<lifecycle::CreateOptions> CreateOptionsOf(const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(int preserve_fds, PreserveFds(arguments));
  std::string bundle = arguments.String("bundle");
  return lifecycle::CreateOptions{.id = arguments.words()[0],
                                  .bundle = bundle.empty() ? "." : bundle,
                                  .console_socket = arguments.String("console-socket"),
                                  .pidfd_socket = arguments.String("pidfd-socket"),
                                  .pid_file = arguments.String("pid-file"),
                                  .preserve_fds = preserve_fds,
                                  .no_pivot = arguments.Bool("no-pivot"),
                                  .no_new_keyring = arguments.Bool("no-new-keyring")};
}

constinit const Command kCreateCommand = {
    .name = "create",
    .summary = "make a container from a bundle, ready to start",
    .operands = "<container-id>",
    .description =
        "   Everything that the bundle's config.json asks for is set up: namespaces, mounts,\n"
        "   limits. The program itself waits until \"tare start <container-id>\". Changes to\n"
        "   config.json after this have no effect on the container.\n"
        "   With --supervise a process stays behind it: see \"tare run --help\".\n",
    .flags = kFlags,
    .run = Run,
};

}  // namespace tare::cli
