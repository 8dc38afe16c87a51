#include "session/attach.h"

#include "cli/commands.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "detach-keys",
     .value = "KEYS",
     .help = "keys that detach from a terminal, as characters or ctrl-X",
     .initial = "ctrl-p,ctrl-q"},
    {.name = "no-stdin", .kind = FlagKind::kBool, .help = "show the output only, and pass no input"},
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(session::DetachKeys keys,
                        session::DetachKeys::Parse(arguments.String("detach-keys")));
  return session::Attach(runtime.root, {.id = arguments.words()[0],
                                        .detach_keys = std::move(keys),
                                        .typing = arguments.Bool("no-stdin") ? session::Typing::kNone
                                                                             : session::Typing::kForwarded});
}

}  // namespace

constinit const Command kAttachCommand = {
    .name = "attach",
    .group = Group::kSupervised,
    .summary = "attach to a supervised container's standard streams or terminal",
    .operands = "ID",
    .description =
        "Shows the output of the container from now on. Input is passed to the container if it "
        "has a terminal or was created with --interactive. When the container exits, tare exits "
        "with its status.\n"
        "On a terminal, the detach keys end the connection and leave the container running.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .failure_code = 255,
    .run = Run,
};

}  // namespace tare::cli
