#include "spec/state.h"

#include "absl/strings/strip.h"
#include "cli/command.h"
#include "cli/output.h"
#include "lifecycle/control.h"
#include "supervise/control.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const lifecycle::Listing listing, supervise::State(runtime, arguments.words()[0]));
  std::string document = spec::StateDocument(listing.state, listing.details);
  TARE_RETURN_IF_ERROR(Print(absl::StrCat(absl::StripSuffix(document, "\n"), "\n")));
  return 0;
}

}  // namespace

constinit const Command kStateCommand = {
    .name = "state",
    .summary = "show the state of a container",
    .operands = "<container-id>",
    .description =
        "   Prints the state as JSON, with the properties of the specification and rootfs,\n"
        "   created and owner besides; of a supervised container also what is known of that.\n",
    .run = Run,
};

}  // namespace tare::cli
