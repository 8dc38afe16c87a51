#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "doctor/document.h"
#include "doctor/examine.h"
#include "line/output.h"

namespace tare::cli {
namespace {

using doctor::Examined;
using doctor::Verdict;

constexpr Flag kFlags[] = {
    kFormatFlag,
    {.name = "json", .kind = FlagKind::kBool, .help = "the same as --format json"},
};

constexpr size_t kVerdictWidth = 9;

std::string Padded(absl::string_view text, size_t width) {
  return absl::StrCat(text, std::string(width - std::min(width, text.size()), ' '));
}

// What was found, after what it is needed for.
std::string FoundWords(const Examined& one) {
  const std::string& detail = one.finding.detail;
  return detail.empty() ? std::string(one.probe->purpose) : absl::StrCat(one.probe->purpose, ": ", detail);
}

std::string Lines(const Examined& one, size_t name_width) {
  const std::string margin(2 + kVerdictWidth + name_width, ' ');
  std::string lines = absl::StrCat("  ", Padded(WordOf(one.finding.verdict), kVerdictWidth),
                                   Padded(one.probe->name, name_width), FoundWords(one), "\n");
  if (one.needed && one.finding.verdict == Verdict::kMissing)
    absl::StrAppend(&lines, margin, "a default container needs it\n");
  if (!one.finding.cure.empty()) absl::StrAppend(&lines, margin, "cure: ", one.finding.cure, "\n");
  return lines;
}

std::string Summary(const doctor::Patient& patient, const std::vector<Examined>& all) {
  const char* container = patient.is_root ? "A default container (tare spec)"
                                          : "A default container without root (tare spec --rootless)";
  if (IsHealthy(all)) return absl::StrCat(container, " can run here.\n");
  std::vector<absl::string_view> lacks;
  for (const Examined& one : all)
    if (one.needed && one.finding.verdict == Verdict::kMissing) lacks.push_back(one.probe->name);
  return absl::StrCat(container, " cannot run here. It needs: ", absl::StrJoin(lacks, "; "), ".\n");
}

std::string Table(const doctor::Patient& patient, const std::vector<Examined>& all) {
  size_t name_width = 0;
  for (const Examined& one : all) name_width = std::max(name_width, one.probe->name.size() + 2);
  std::string table;
  absl::string_view area;
  for (const Examined& one : all) {
    if (one.probe->area != area) absl::StrAppend(&table, area.empty() ? "" : "\n", one.probe->area, "\n");
    area = one.probe->area;
    table += Lines(one, name_width);
  }
  return absl::StrCat(table, "\n", Summary(patient, all));
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  const bool json = arguments.Bool("json") || format == OutputFormat::kJson;
  const doctor::Patient patient{.is_root = geteuid() == 0, .root = runtime.root};
  const std::vector<Examined> all = doctor::Examine(patient);
  TARE_RETURN_IF_ERROR(Print(json ? doctor::Document(patient, all) : Table(patient, all)));
  return IsHealthy(all) ? 0 : 1;
}

}  // namespace

constinit const Command kDoctorCommand = {
    .name = "doctor",
    .group = Group::kOther,
    .summary = "check what this machine can do for containers",
    .operands = "",
    .description =
        "Tries what containers need, and prints a line for each feature: whether it is there (ok), only in "
        "part "
        "(limited) or missing, what it is needed for and, if something is wrong, a cure. Nothing is judged "
        "by a "
        "version, and nothing is left behind.\n"
        "The answers are for the calling user: run it as root and as the user who is to run containers. The "
        "exit status is 0 if nothing is missing that a default container needs, that of \"tare spec\" or, "
        "for "
        "users other than root, of \"tare spec --rootless\".\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
