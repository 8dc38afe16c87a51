#include "explain/check.h"

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "line/output.h"
#include "line/usage.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kBundleFlag,
    {.name = "config",
     .alias = "f",
     .value = "FILE",
     .completes = Completes::kFile,
     .help = "check this file, without looking for a root filesystem"},
    {.name = "format",
     .value = "text|json",
     .completes = Completes::kWords,
     .help = "output format",
     .initial = "text"},
    {.name = "strict", .kind = FlagKind::kBool, .help = "exit with 1 if there are only warnings, too"},
};

// "config.json:12:5: error: /mounts/3/type: must be a string, not 5 (config.md, Mounts)", as compilers write.
std::string LineOf(const explain::Report& report, const spec::Finding& finding) {
  const bool is_error = finding.severity() == spec::Severity::kError;
  return absl::StrCat(report.file, ":", finding.place.line, ":", finding.place.column, ": ",
                      is_error ? "error: " : "warning: ", finding.pointer,
                      finding.pointer.empty() ? "" : ": ", finding.what,
                      finding.clause.empty() ? "" : absl::StrCat(" (", finding.clause, ")"), "\n");
}

std::string Counted(size_t number, absl::string_view noun) {
  return absl::StrCat(number, " ", noun, number == 1 ? "" : "s");
}

std::string TextOf(const explain::Report& report) {
  std::string text;
  for (const spec::Finding& finding : report.findings) text += LineOf(report, finding);
  return absl::StrCat(text, report.file, ": ", Counted(report.Count(spec::Severity::kError), "error"), ", ",
                      Counted(report.Count(spec::Severity::kWarning), "warning"), "\n");
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::string bundle, BundleOf(arguments));
  const std::string format = arguments.String("format");
  if (format != "text" && format != "json") return BadFormat(format, "text or json");
  TARE_ASSIGN_OR_RETURN(
      const explain::Report report,
      explain::Check(runtime, {.bundle = bundle, .config_file = arguments.String("config")}));
  TARE_RETURN_IF_ERROR(Print(format == "json" ? explain::Document(report) : Printable(TextOf(report))));
  const bool fails =
      report.Count(spec::Severity::kError) > 0 || (arguments.Bool("strict") && !report.findings.empty());
  return fails ? 1 : 0;
}

}  // namespace

StatusOr<std::string> BundleOf(const Arguments& arguments) {
  const std::string flag = arguments.String("bundle");
  if (arguments.words().empty()) return flag.empty() ? "." : flag;
  if (!flag.empty()) return UsageError("a bundle is given twice: as an operand and with --bundle");
  return arguments.words()[0];
}

constinit const Command kCheckCommand = {
    .name = "check",
    .group = Group::kInspection,
    .summary = "find all errors in a config.json, and what weakens isolation",
    .operands = "[BUNDLE]",
    .description =
        "Checks the config.json of a bundle as \"tare create\" does, but does not stop at the first error. "
        "Each line gives the place, the JSON pointer, and the section of the OCI runtime specification.\n"
        "Warnings are about properties that are ignored because their names are unknown, unusual values, and "
        "what weakens the isolation of the container: shared namespaces, capabilities, mounts of the host.\n"
        "The exit status is 0 if there are no errors, and 1 if there are.\n",
    .flags = kFlags,
    .completes = Completes::kDirectory,
    .min_words = 0,
    .max_words = 1,
    .run = Run,
};

}  // namespace tare::cli
