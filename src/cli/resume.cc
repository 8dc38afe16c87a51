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
    .group = Group::kLifecycle,
    .summary = "resume a paused container",
    .operands = "ID",
    .description = "Lets the processes of the container run again after \"tare pause ID\".\n",
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
