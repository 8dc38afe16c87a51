#include "base/log.h"
#include "base/printable.h"
#include "cdi/listing.h"
#include "cdi/registry.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {kCdiSpecDirFlag, kFormatFlag};

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  const std::vector<std::string>& directories = arguments.Strings("cdi-spec-dir");
  const auto registry = cdi::Registry::Load(directories.empty() ? cdi::DefaultDirectories() : directories);
  for (const Status& fault : registry.faults()) log::Warning(fault.message());
  const json::Output devices = cdi::DevicesDocument(registry);
  TARE_RETURN_IF_ERROR(Print(format == OutputFormat::kJson ? json::Indented(devices, 2)
                                                           : Printable(cdi::DevicesTable(devices))));
  return 0;
}

}  // namespace

constinit const Command kDevicesCommand = {
    .name = "devices",
    .group = Group::kInspection,
    .summary = "list the CDI devices of this machine",
    .operands = "",
    .description =
        "Lists the devices that --device of \"tare run\" and \"tare create\" accepts by name: those in the "
        "CDI "
        "specifications (Container Device Interface) in /etc/cdi and /var/run/cdi. Each line shows what the "
        "device adds to a container, the file that it comes from, and what is missing on this machine.\n"
        "A file that cannot be used is reported as a warning. Its devices are not listed.\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
