#include "commands/start.h"

#include "cli/commands.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(commands::Start(runtime, arguments.words()[0]));
  return 0;
}

}  // namespace

constinit const Command kStartCommand = {
    .name = "start",
    .group = Group::kLifecycle,
    .summary = "start a created container",
    .operands = "ID",
    .description =
        "Returns when the program has been executed. If it cannot be executed, or if a "
        "startContainer hook fails, the error is reported here. If NOTIFY_SOCKET is set, waits "
        "until the container is ready: see tare(8).\n",
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
