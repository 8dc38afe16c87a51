#include "spec/state.h"

#include "absl/strings/strip.h"
#include "cli/commands.h"
#include "commands/state.h"
#include "line/output.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const commands::Listing listing, commands::State(runtime, arguments.words()[0]));
  std::string document = commands::StateDocument(listing);
  TARE_RETURN_IF_ERROR(Print(absl::StrCat(absl::StripSuffix(document, "\n"), "\n")));
  return 0;
}

}  // namespace

constinit const Command kStateCommand = {
    .name = "state",
    .group = Group::kInspection,
    .summary = "show the state of a container",
    .operands = "ID",
    .description =
        "Prints the state defined by the OCI runtime specification as JSON, with rootfs, created "
        "and owner. For a supervised container, this includes its restarts and last exit status.\n",
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
