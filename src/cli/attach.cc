#include "supervise/attach.h"

#include "cli/command.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "detach-keys",
     .help = "what to type to leave the container to itself",
     .initial = "ctrl-p,ctrl-q"},
    {.name = "no-stdin", .kind = FlagKind::kBool, .help = "show what it writes, and pass nothing on"},
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(supervise::DetachKeys keys,
                        supervise::DetachKeys::Parse(arguments.String("detach-keys")));
  return supervise::Attach(runtime, {.id = arguments.words()[0],
                                     .detach_keys = std::move(keys),
                                     .typing = arguments.Bool("no-stdin") ? supervise::Typing::kNone
                                                                          : supervise::Typing::kForwarded});
}

}  // namespace

constinit const Command kAttachCommand = {
    .name = "attach",
    .summary = "be at the standard streams, or the terminal, of a supervised container",
    .operands = "<container-id>",
    .description =
        "   What the container writes from now on is shown, and what is typed goes to it if it has\n"
        "   a terminal, or was made with --interactive. tare exits with the container's status\n"
        "   when it has ended. The detach keys, at a terminal, leave it running.\n",
    .flags = kFlags,
    .failure_code = 255,
    .run = Run,
};

}  // namespace tare::cli
