#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "explain/plan_sections.h"
#include "kernel/file.h"
#include "kernel/resolve.h"
#include "security/capabilities.h"
#include "security/lsm.h"
#include "security/seccomp.h"
#include "setup/process_setup.h"
#include "spec/words.h"

namespace tare::explain {
namespace {

using json::Output;

constexpr char kDefaultPath[] = "/bin:/usr/bin";  // execvp(3)

// In a new user namespace all capabilities can be granted; otherwise only those of this process.
security::CapabilitySets SetsOf(const spec::Process& process, bool user_namespace) {
  if (!user_namespace || !process.capabilities) return security::Capabilities(process);
  const auto set_of = [](const std::vector<std::string>& names) {
    uint64_t set = 0;
    for (const std::string& name : names)
      if (const int number = security::CapabilityNumber(name); number >= 0) set |= uint64_t{1} << number;
    return set;
  };
  const spec::Capabilities& names = *process.capabilities;
  security::CapabilitySets sets{.bounding = set_of(names.bounding),
                                .effective = set_of(names.effective),
                                .inheritable = set_of(names.inheritable),
                                .permitted = set_of(names.permitted)};
  sets.ambient = set_of(names.ambient) & sets.permitted & sets.inheritable;
  return sets;
}

Output NamesOf(uint64_t set) {
  Output names = Output::array();
  for (unsigned i = 0; i < 64; ++i)
    if ((set >> i & 1) != 0) names.push_back(security::CapabilityName(i));
  return names;
}

Output CapabilitiesOf(const spec::Process& process, bool user_namespace) {
  const security::CapabilitySets sets = SetsOf(process, user_namespace);
  return {{"bounding", NamesOf(sets.bounding)},
          {"effective", NamesOf(sets.effective)},
          {"permitted", NamesOf(sets.permitted)},
          {"inheritable", NamesOf(sets.inheritable)},
          {"ambient", NamesOf(sets.ambient)}};
}

// Whether a mount of the container covers `path`, which is then not the file in the rootfs.
bool IsCovered(const rootfs::Plan& plan, const std::string& path) {
  return std::ranges::any_of(plan.mounts, [&](const rootfs::MountStep& step) {
    absl::string_view directory = absl::StripSuffix(step.destination, "/");
    return path == directory || absl::StartsWith(path, absl::StrCat(directory, "/"));
  });
}

bool IsExecutable(int root, const std::string& path) {
  const StatusOr<kernel::Fd> file = kernel::OpenInRoot(root, path, O_PATH);
  struct stat st {};
  return file.ok() && fstat(file->get(), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

std::vector<std::string> Candidates(const spec::Process& process) {
  const std::string& name = process.args[0];
  if (absl::StrContains(name, '/'))
    return {absl::StartsWith(name, "/") ? name : absl::StrCat(process.cwd, "/", name)};
  std::string path = kDefaultPath;
  for (const std::string& entry : process.env)
    if (absl::StartsWith(entry, "PATH=")) path = entry.substr(5);
  std::vector<std::string> candidates;
  for (absl::string_view directory : absl::StrSplit(path, ':'))
    candidates.push_back(absl::StrCat(directory.empty() ? process.cwd : directory, "/", name));
  return candidates;
}

// Where the program is in the rootfs. Nothing if it may be on a mount of the container, or is not found.
std::optional<std::string> FindProgram(const lifecycle::Blueprint& blueprint) {
  const StatusOr<kernel::Fd> root = kernel::Open(blueprint.bundle.rootfs, O_PATH | O_DIRECTORY);
  if (!root.ok()) return std::nullopt;
  for (const std::string& path : Candidates(*blueprint.config().process)) {
    if (IsCovered(blueprint.rootfs, path)) return std::nullopt;
    if (IsExecutable(root->get(), path)) return path;
  }
  return std::nullopt;
}

Output UserOf(const spec::User& user) {
  Output section = {{"uid", user.uid},
                    {"gid", user.gid},
                    {"additionalGids", user.additional_gids},
                    {"umask", user.umask.value_or(setup::kDefaultUmask)}};
  if (user.keeps_groups) section["keepsGroups"] = true;  // those of the caller, by an annotation
  return section;
}

// Attributes that are set only if the config has them.
void AddAttributes(const spec::Process& process, const spec::Linux& platform, Output& section) {
  for (const spec::Rlimit& limit : process.rlimits)
    section["rlimits"].push_back({{"type", std::string(spec::RlimitName(limit.resource))},
                                  {"soft", limit.soft},
                                  {"hard", limit.hard}});
  if (process.oom_score_adj) section["oomScoreAdj"] = *process.oom_score_adj;
  if (process.scheduler)
    section["scheduler"] = {{"policy", std::string(spec::SchedulerPolicyName(process.scheduler->policy))},
                            {"nice", process.scheduler->nice},
                            {"priority", process.scheduler->priority},
                            {"flags", process.scheduler->flags},
                            {"runtime", process.scheduler->runtime},
                            {"deadline", process.scheduler->deadline},
                            {"period", process.scheduler->period}};
  if (process.io_priority)
    section["ioPriority"] = {{"class", std::string(spec::IoPriorityClassName(process.io_priority->io_class))},
                             {"priority", process.io_priority->priority}};
  if (platform.personality) section["personality"] = platform.personality->domain;
  if (platform.memory_policy)
    section["memoryPolicy"] = {{"mode", platform.memory_policy->mode},
                               {"nodes", platform.memory_policy->nodes}};
}

Status AddLabels(const spec::Process& process, Output& section) {
  TARE_ASSIGN_OR_RETURN(const bool apparmor, security::AppliesApparmor(process.apparmor_profile));
  TARE_ASSIGN_OR_RETURN(const bool selinux, security::AppliesSelinux(process.selinux_label));
  if (apparmor) section["apparmorProfile"] = process.apparmor_profile;
  if (selinux) section["selinuxLabel"] = process.selinux_label;
  return absl::OkStatus();
}

}  // namespace

StatusOr<Output> ProcessSection(const lifecycle::Blueprint& blueprint) {
  const spec::Process& process = *blueprint.config().process;
  Output section = {{"args", process.args}, {"program", nullptr}, {"cwd", process.cwd}, {"env", process.env}};
  if (const std::optional<std::string> program = FindProgram(blueprint)) section["program"] = *program;
  section["terminal"] = process.terminal;
  section["user"] = UserOf(process.user);
  section["capabilities"] = CapabilitiesOf(process, blueprint.namespaces.has_user());
  section["noNewPrivileges"] = process.no_new_privileges;
  section["newKeyring"] = blueprint.new_keyring;
  AddAttributes(process, blueprint.config().platform, section);
  TARE_RETURN_IF_ERROR(AddLabels(process, section));
  return section;
}

// The filter is compiled, but not cached.
StatusOr<Output> SeccompSection(const spec::Seccomp& seccomp) {
  TARE_ASSIGN_OR_RETURN(const security::SeccompProgram program, security::CompileSeccomp(seccomp));
  Output section = {{"defaultAction", seccomp.default_action},
                    {"rules", seccomp.syscalls.size()},
                    {"instructions", program.filter.size()},
                    {"architectures", seccomp.architectures},
                    {"flags", seccomp.flags.value_or(std::vector<std::string>{})}};
  if (program.notifies) section["listenerPath"] = seccomp.listener_path;
  return section;
}

}  // namespace tare::explain
