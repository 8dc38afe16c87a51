#include "cli/command.h"
#include "supervise/control.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(supervise::Start(runtime, arguments.words()[0]));
  return 0;
}

}  // namespace

constinit const Command kStartCommand = {
    .name = "start",
    .summary = "let the program of a created container run",
    .operands = "<container-id>",
    .description =
        "   Returns when the program was executed. If it cannot be, or a startContainer hook\n"
        "   fails, this is the command that says so. With NOTIFY_SOCKET it waits until the\n"
        "   container is ready: see tare(8).\n",
    .run = Run,
};

}  // namespace tare::cli
