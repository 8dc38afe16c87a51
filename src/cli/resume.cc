#include "cli/command.h"
#include "lifecycle/control.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(lifecycle::Resume(runtime, arguments.words()[0]));
  return 0;
}

}  // namespace

constinit const Command kResumeCommand = {
    .name = "resume",
    .summary = "let the processes of a paused container go on",
    .operands = "<container-id>",
    .description = "   Ends what \"tare pause <container-id>\" began.\n",
    .run = Run,
};

}  // namespace tare::cli
