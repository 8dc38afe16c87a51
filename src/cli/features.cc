#include "commands/features.h"

#include "cli/commands.h"
#include "line/output.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments&) {
  TARE_RETURN_IF_ERROR(Print(absl::StrCat(commands::FeaturesDocument(), "\n")));
  return 0;
}

}  // namespace

constinit const Command kFeaturesCommand = {
    .name = "features",
    .group = Group::kOther,
    .summary = "show the features that this build supports",
    .operands = "",
    .description = "Prints the features document of the OCI runtime specification (features.md) as JSON.\n",
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
