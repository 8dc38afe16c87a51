#include "cli/config_edits.h"

#include <optional>

#include "cdi/add_devices.h"
#include "cli/network_flags.h"
#include "edit/edits.h"
#include "edit/environment.h"
#include "kernel/file.h"

namespace tare::cli {
namespace {

std::optional<bool> GivenBool(const Arguments& arguments, absl::string_view name) {
  if (!arguments.Has(name)) return std::nullopt;
  return arguments.Bool(name);
}

std::optional<int64_t> GivenInt(const Arguments& arguments, absl::string_view name) {
  if (!arguments.Has(name)) return std::nullopt;
  return arguments.Int(name);
}

edit::Request RequestOf(const Arguments& arguments) {
  return {.program = arguments.program(),
          .tty = GivenBool(arguments, "tty"),
          .env = arguments.Strings("env"),
          .env_files = arguments.Strings("env-file"),
          .workdir = arguments.String("workdir"),
          .user = arguments.String("user"),
          .group_add = arguments.Strings("group-add"),
          .cap_add = arguments.Strings("cap-add"),
          .cap_drop = arguments.Strings("cap-drop"),
          .hostname = arguments.String("hostname"),
          .read_only = GivenBool(arguments, "read-only"),
          .read_only_tmpfs = GivenBool(arguments, "read-only-tmpfs").value_or(true),
          .mounts = arguments.Strings("mount"),
          .volumes = arguments.Strings("volume"),
          .memory = arguments.String("memory"),
          .memory_reservation = arguments.String("memory-reservation"),
          .memory_swap = arguments.String("memory-swap"),
          .cpus = arguments.String("cpus"),
          .cpu_shares = arguments.String("cpu-shares"),
          .cpuset_cpus = arguments.String("cpuset-cpus"),
          .cpuset_mems = arguments.String("cpuset-mems"),
          .pids_limit = GivenInt(arguments, "pids-limit"),
          .annotations = arguments.Strings("annotation")};
}

edit::Edit DeviceEdit(const Arguments& arguments) {
  return [wanted = cdi::Wanted{.devices = arguments.Strings("device"),
                               .directories = arguments.Strings("cdi-spec-dir"),
                               .nodes = cdi::NodesOfCaller()}](json::Editor& config, const std::string&) {
    return cdi::AddDevices(wanted, config);
  };
}

void Append(const std::vector<std::string>& words, std::vector<std::string>& line) {
  line.insert(line.end(), words.begin(), words.end());
}

}  // namespace

StatusOr<lifecycle::CommandLine> CommandLineOf(const Arguments& arguments) {
  lifecycle::CommandLine line{.program = arguments.program()};
  for (absl::string_view name : {"config", "no-pivot", "no-new-keyring"})
    Append(arguments.Written(name), line.flags);
  for (const Flag& flag : kConfigEditFlags)
    if (flag.name != "env") Append(arguments.Written(flag.name), line.flags);
  for (const Flag& flag : kNetworkFlags) Append(arguments.Written(flag.name), line.flags);
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> variables,
                        edit::ReadVariables({}, arguments.Strings("env"), edit::CallersEnvironment()));
  for (const std::string& variable : variables) line.flags.push_back("--env=" + variable);
  if (line.flags.empty()) return line;
  TARE_ASSIGN_OR_RETURN(line.directory, kernel::RealPath("."));
  return line;
}

StatusOr<lifecycle::ConfigEdit> ConfigEditOf(const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(std::vector<edit::Edit> edits, edit::Parse(RequestOf(arguments)));
  if (arguments.Has("device")) edits.push_back(DeviceEdit(arguments));
  if (edits.empty()) return lifecycle::ConfigEdit();
  return [edits = std::move(edits)](json::Editor& config, const std::string& bundle) {
    for (const edit::Edit& change : edits) TARE_RETURN_IF_ERROR(change(config, bundle));
    return absl::OkStatus();
  };
}

}  // namespace tare::cli
