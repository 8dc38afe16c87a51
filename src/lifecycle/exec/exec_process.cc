#include "lifecycle/exec/exec_process.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/file.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace tare::lifecycle {
namespace {

StatusOr<spec::Process> FromDocument(const std::string& json, const std::string& name,
                                     const ExecOptions& options) {
  TARE_ASSIGN_OR_RETURN(spec::Process process, spec::ParseProcess(json, name));
  if (options.tty) process.terminal = *options.tty;
  if (options.console_size) process.console_size = options.console_size;
  return process;
}

StatusOr<spec::Process> FromFile(const std::string& path, const ExecOptions& options) {
  TARE_ASSIGN_OR_RETURN(std::string json, kernel::ReadFile(path));
  return FromDocument(json, path, options);
}

StatusOr<uint32_t> ParseId(absl::string_view text) {
  uint32_t id = 0;
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || !absl::SimpleAtoi(text, &id))
    return InvalidError("--user: \"", text, "\" is not a numeric id");
  if (id == spec::kNoId) return InvalidError("--user: invalid id ", id, ": the largest is ", id - 1);
  return id;
}

// Adds to the bounding, effective, permitted and ambient set; never to the inheritable one
// (CVE-2022-29162). A capability can be ambient only if it is inheritable, so these become ambient only if
// config.json has them there.
void AddCapabilities(const std::vector<std::string>& names, spec::Process& process) {
  if (names.empty()) return;
  if (!process.capabilities) process.capabilities.emplace();
  spec::Capabilities& sets = *process.capabilities;
  for (std::vector<std::string>* set : {&sets.bounding, &sets.effective, &sets.permitted, &sets.ambient})
    set->insert(set->end(), names.begin(), names.end());
}

// Adds what the document of --process leaves out.
void Inherit(const spec::Process& containers, spec::Process& process) {
  if (!process.has_user) process.user = containers.user;
  if (!process.user.umask) process.user.umask = containers.user.umask;
  if (!process.capabilities) process.capabilities = containers.capabilities;
  if (process.apparmor_profile.empty()) process.apparmor_profile = containers.apparmor_profile;
  if (process.selinux_label.empty()) process.selinux_label = containers.selinux_label;
  if (process.rlimits.empty()) process.rlimits = containers.rlimits;
  if (!process.scheduler) process.scheduler = containers.scheduler;
  if (!process.io_priority) process.io_priority = containers.io_priority;
  if (!process.exec_cpu_affinity) process.exec_cpu_affinity = containers.exec_cpu_affinity;
}

StatusOr<spec::Process> FromContainer(const spec::Config& config, const ExecOptions& options) {
  spec::Process process = config.process.value_or(spec::Process{.cwd = "/"});
  process.terminal = options.tty.value_or(false);
  process.args = options.args;
  if (options.cwd) process.cwd = *options.cwd;
  if (options.apparmor) process.apparmor_profile = *options.apparmor;
  if (options.process_label) process.selinux_label = *options.process_label;
  if (options.no_new_privs) process.no_new_privileges = *options.no_new_privs;
  process.env.insert(process.env.end(), options.env.begin(), options.env.end());
  if (options.user) TARE_RETURN_IF_ERROR(ParseUser(*options.user, process.user));
  process.user.additional_gids.insert(process.user.additional_gids.end(), options.additional_gids.begin(),
                                      options.additional_gids.end());
  AddCapabilities(options.capabilities, process);
  return process;
}

StatusOr<spec::Process> Choose(const spec::Config& config, const ExecOptions& options) {
  if (options.process_json.empty() && options.process_file.empty()) return FromContainer(config, options);
  TARE_ASSIGN_OR_RETURN(spec::Process process, options.process_json.empty()
                                                   ? FromFile(options.process_file, options)
                                                   : FromDocument(options.process_json, "process", options));
  if (config.process) Inherit(*config.process, process);
  return process;
}

}  // namespace

StatusOr<spec::Process> ExecProcess(const spec::Config& config, const ExecOptions& options) {
  TARE_ASSIGN_OR_RETURN(spec::Process process, Choose(config, options));
  if (config.process) process.user.keeps_groups = config.process->user.keeps_groups;
  TARE_RETURN_IF_ERROR(spec::Check(process));
  return process;
}

Status ParseUser(const std::string& text, spec::User& user) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  TARE_ASSIGN_OR_RETURN(user.uid, ParseId(parts[0]));
  if (parts.size() < 2) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(user.gid, ParseId(parts[1]));
  return absl::OkStatus();
}

}  // namespace tare::lifecycle
