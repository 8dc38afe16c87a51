#include "cli/command.h"
#include "cli/output.h"
#include "supervise/control.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  int last = 0;
  for (const std::string& id : arguments.words()) {
    TARE_ASSIGN_OR_RETURN(last, supervise::Wait(runtime, id));
    TARE_RETURN_IF_ERROR(Print(absl::StrCat(last, "\n")));
  }
  return arguments.words().size() == 1 ? last : 0;
}

}  // namespace

constinit const Command kWaitCommand = {
    .name = "wait",
    .summary = "wait until containers have ended, and show their exit status",
    .operands = "<container-id> [container-id...]",
    .description =
        "   One that is restarted has not ended. The exit status (128 + N after signal N) is\n"
        "   known of supervised containers; of one container it is also what tare exits with.\n",
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
