#include "cli/commands.h"
#include "cli/options.h"
#include "line/help.h"
#include "line/output.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "format",
     .alias = "f",
     .value = "text|json",
     .completes = Completes::kWords,
     .help = "output format",
     .initial = "text"},
};

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments& arguments) {
  const std::string format = arguments.String("format");
  if (format != "text" && format != "json") return BadFormat(format, "text or json");
  TARE_RETURN_IF_ERROR(Print(format == "json" ? line::VersionDocument() : line::VersionText()));
  return 0;
}

}  // namespace

constinit const Command kVersionCommand = {
    .name = "version",
    .group = Group::kOther,
    .summary = "show version information",
    .operands = "",
    .description =
        "Prints the version of tare, the commit it was built from, and the versions of the OCI runtime "
        "specification and of libseccomp. The text is that of \"tare --version\".\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
