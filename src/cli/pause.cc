#include "cli/command.h"
#include "lifecycle/control.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(lifecycle::Pause(runtime, arguments.words()[0]));
  return 0;
}

}  // namespace

constinit const Command kPauseCommand = {
    .name = "pause",
    .group = Group::kLifecycle,
    .summary = "pause a container",
    .operands = "ID",
    .description = "Freezes all processes of the container until \"tare resume ID\" is called.\n",
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
