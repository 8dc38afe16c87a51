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
    .summary = "freeze all processes of a container",
    .operands = "<container-id>",
    .description = "   Until \"tare resume <container-id>\" none of them runs.\n",
    .run = Run,
};

}  // namespace tare::cli
