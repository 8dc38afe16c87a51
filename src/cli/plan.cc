#include "explain/plan.h"

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/config_edits.h"
#include "cli/network_flags.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "explain/plan_table.h"
#include "lifecycle/create/bundle.h"
#include "line/output.h"
#include "line/usage.h"

namespace tare::cli {
namespace {

constexpr auto kFlags =
    line::JoinedFlags(std::to_array<Flag>({
                          kBundleFlag,
                          kConfigFlag,
                          {.name = "id", .value = "ID", .help = "the ID of the container (default: \"ID\")"},
                          kNoPivotFlag,
                          kNoNewKeyringFlag,
                          {.name = "format",
                           .value = "table|json",
                           .completes = Completes::kWords,
                           .help = "output format",
                           .initial = "table"},
                      }),
                      kConfigEditFlags, kNetworkFlags);

Status PrintAs(OutputFormat format, const json::Output& plan) {
  return Print(format == OutputFormat::kJson ? json::Indented(plan, 2) : Printable(explain::PlanTable(plan)));
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::string bundle, BundleOf(arguments));
  TARE_ASSIGN_OR_RETURN(const std::string config_file, ConfigFile(arguments));
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  TARE_ASSIGN_OR_RETURN(const lifecycle::ConfigEdit edit, ConfigEditOf(arguments));
  TARE_ASSIGN_OR_RETURN(const connect::Networks networks, NetworksOf(arguments));
  TARE_ASSIGN_OR_RETURN(const json::Output plan,
                        explain::Plan(runtime, {.id = arguments.String("id"),
                                                .bundle = bundle,
                                                .config_file = config_file,
                                                .edit = edit,
                                                .networks = networks,
                                                .no_pivot = arguments.Bool("no-pivot"),
                                                .no_new_keyring = arguments.Bool("no-new-keyring")}));
  TARE_RETURN_IF_ERROR(PrintAs(format, plan));
  return 0;
}

}  // namespace

StatusOr<std::optional<int>> DryRun(const lifecycle::Runtime& runtime, const Arguments& arguments,
                                    Needs needs) {
  if (!arguments.Bool("dry-run")) {
    if (arguments.Has("format")) return UsageError("--format needs --dry-run");
    return std::nullopt;
  }
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  TARE_ASSIGN_OR_RETURN(const lifecycle::CreateOptions options, CreateOptionsOf(arguments));
  TARE_ASSIGN_OR_RETURN(const json::Output plan, explain::Plan(runtime, options));
  if (needs == Needs::kProgram && !plan.contains("process")) return lifecycle::NoProcessError();
  TARE_RETURN_IF_ERROR(PrintAs(format, plan));
  return 0;
}

constinit const Command kPlanCommand = {
    .name = "plan",
    .group = Group::kInspection,
    .summary = "show what \"create\" would do with a bundle",
    .operands = "[BUNDLE [-- COMMAND [ARGUMENT...]]]",
    .description =
        "Makes the plan that \"tare create\" makes for this bundle on this machine, and prints it instead of "
        "carrying it out: namespaces, mounts, devices, the values for the files of its cgroup, capabilities, "
        "filter and program. Nothing is changed.\n"
        "A config that \"tare create\" refuses is refused with the same error. \"tare check\" lists all "
        "errors "
        "of a config.\n",
    .flags = kFlags,
    .completes = Completes::kDirectory,
    .min_words = 0,
    .max_words = 1,
    .order = Order::kProgramLast,
    .run = Run,
};

}  // namespace tare::cli
