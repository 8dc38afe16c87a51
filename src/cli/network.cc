#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/columns.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "commands/networks.h"
#include "hooks/cni/define.h"
#include "hooks/cni/places.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "subnet",
     .kind = FlagKind::kStrings,
     .value = "CIDR",
     .help = "with create: a subnet of the network (repeatable; default: a free one)"},
    {.name = "gateway",
     .kind = FlagKind::kStrings,
     .value = "IP",
     .help = "with create: the gateway of a subnet (repeatable; default: its first address)"},
    {.name = "interface", .value = "NAME", .help = "with create: the name of the bridge on the host"},
    {.name = "bridge", .value = "NAME", .help = "the same as --interface"},
    {.name = "format",
     .alias = "f",
     .value = "table|json",
     .completes = Completes::kWords,
     .help = "with ls: output format",
     .initial = "table"},
    {.name = "quiet", .alias = "q", .kind = FlagKind::kBool, .help = "with ls: show only the names"},
};

std::string OrDash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string Table(const commands::Networks& networks) {
  std::vector<Row> rows = {{"NAME", "SUBNETS", "PLUGINS", "CONTAINERS"}};
  for (const commands::NetworkListing& network : networks.networks) {
    const auto add_type = [](std::string* out, const cni::PluginConfig& plugin) { *out += plugin.type; };
    rows.push_back({network.list.name, OrDash(absl::StrJoin(network.subnets, ",")),
                    absl::StrJoin(network.list.plugins, ",", add_type),
                    absl::StrCat(network.members.size())});
  }
  return Columns(rows);
}

std::string Names(const commands::Networks& networks) {
  std::string names;
  for (const commands::NetworkListing& network : networks.networks)
    absl::StrAppend(&names, network.list.name, "\n");
  return names;
}

StatusOr<int> List(const cni::Places& places, const lifecycle::Runtime& /*runtime*/,
                   const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  TARE_ASSIGN_OR_RETURN(const commands::Networks networks, commands::ListNetworks(places));
  for (const cni::BadList& bad : networks.bad) log::Warning(bad.why.message());
  const bool is_json = format == OutputFormat::kJson;
  TARE_RETURN_IF_ERROR(Print(arguments.Bool("quiet") ? Names(networks)
                             : is_json               ? commands::NetworksDocument(networks)
                                                     : Table(networks)));
  return 0;
}

StatusOr<int> Inspect(const cni::Places& places, const lifecycle::Runtime& /*runtime*/,
                      const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::string document, commands::InspectNetwork(places, arguments.words()[1]));
  TARE_RETURN_IF_ERROR(Print(document));
  return 0;
}

StatusOr<int> Create(const cni::Places& places, const lifecycle::Runtime& /*runtime*/,
                     const Arguments& arguments) {
  const char* bridge = arguments.Has("interface") ? "interface" : "bridge";
  TARE_ASSIGN_OR_RETURN(const std::string file,
                        cni::CreateNetwork(places, {.name = arguments.words()[1],
                                                    .subnets = arguments.Strings("subnet"),
                                                    .gateways = arguments.Strings("gateway"),
                                                    .bridge = arguments.String(bridge)}));
  TARE_RETURN_IF_ERROR(Print(absl::StrCat(file, "\n")));
  return 0;
}

StatusOr<int> Remove(const cni::Places& places, const lifecycle::Runtime& /*runtime*/,
                     const Arguments& arguments) {
  TARE_RETURN_IF_ERROR(commands::RemoveNetwork(places, arguments.words()[1]));
  return 0;
}

// Reports all of them; the last one is that of the command.
StatusOr<int> Report(const std::vector<Status>& errors) {
  if (errors.empty()) return 0;
  for (size_t i = 0; i + 1 < errors.size(); ++i) log::Error(errors[i].message());
  return errors.back();
}

StatusOr<int> Check(const cni::Places& places, const lifecycle::Runtime& runtime,
                    const Arguments& arguments) {
  return Report(commands::CheckNamed(places, runtime.root, arguments.words()[1]));
}

StatusOr<int> Collect(const cni::Places& places, const lifecycle::Runtime& /*runtime*/,
                      const Arguments& /*arguments*/) {
  TARE_ASSIGN_OR_RETURN(const commands::Collected collected, commands::CollectNetworks(places));
  for (const std::string& line : collected.released)
    TARE_RETURN_IF_ERROR(Print(absl::StrCat("released ", line, "\n")));
  return Report(collected.errors);
}

struct Action {
  absl::string_view name;
  absl::string_view operand;  // "": none
  std::vector<absl::string_view> flags;
  StatusOr<int> (*run)(const cni::Places&, const lifecycle::Runtime&, const Arguments&);
};

const std::array<Action, 6>& Actions() {
  static const std::array<Action, 6> actions = {
      Action{"ls", "", {"format", "quiet"}, List},
      Action{"inspect", "NETWORK", {}, Inspect},
      Action{"create", "NETWORK", {"subnet", "gateway", "interface", "bridge"}, Create},
      Action{"rm", "NETWORK", {}, Remove},
      Action{"check", "ID|NETWORK", {}, Check},
      Action{"gc", "", {}, Collect},
  };
  return actions;
}

Status CheckUse(const Action& action, const Arguments& arguments) {
  const size_t wanted = action.operand.empty() ? 1 : 2;
  if (arguments.words().size() != wanted)
    return UsageError(
        absl::StrCat("network ", action.name, " takes ",
                     action.operand.empty() ? "no argument" : "one argument: ", action.operand));
  for (const Flag& flag : kFlags)
    if (arguments.Has(flag.name) && std::ranges::count(action.flags, flag.name) == 0)
      return UsageError(absl::StrCat("--", flag.name, " cannot be used with network ", action.name));
  if (arguments.Has("interface") && arguments.Has("bridge"))
    return UsageError("--interface and --bridge are the same: give one of them");
  return absl::OkStatus();
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const std::string& name = arguments.words()[0];
  const auto action = std::ranges::find(Actions(), name, &Action::name);
  if (action == Actions().end())
    return UsageError(
        absl::StrCat("unknown action \"", name, "\": use ls, inspect, create, rm, check or gc"));
  TARE_RETURN_IF_ERROR(CheckUse(*action, arguments));
  TARE_ASSIGN_OR_RETURN(const cni::Places places, cni::PlacesOf());
  return action->run(places, runtime, arguments);
}

}  // namespace

constinit const Command kNetworkCommand = {
    .name = "network",
    .group = Group::kOther,
    .summary = "list, create and remove networks for containers",
    .operands = "ls|inspect|create|rm|check|gc [NETWORK|ID]",
    .description =
        "Networks are configuration lists of CNI in /etc/cni/net.d, which podman and nerdctl read, too. ls "
        "lists "
        "them, inspect NETWORK prints one with its plugins and containers as JSON, create NETWORK writes one "
        "for "
        "a bridge and prints its file, and rm NETWORK removes one that no container uses, with its bridge.\n"
        "check ID asks the plugins whether the container still has what it was given, check NETWORK whether "
        "they "
        "are ready to attach containers (CNI 1.1.0). gc releases the addresses and ports of containers that "
        "no longer exist, after a crash or a reboot, and prints what it "
        "released.\n",
    .flags = kFlags,
    .completes = Completes::kWords,
    .min_words = 1,
    .max_words = 2,
    .run = Run,
};

}  // namespace tare::cli
