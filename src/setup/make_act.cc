#include "setup/make_act.h"

#include "absl/strings/str_join.h"
#include "base/log.h"
#include "kernel/procfs.h"
#include "security/lsm.h"

namespace tare::setup {
namespace {

door::CapabilitySets ForCapset(const security::CapabilitySets& sets) {
  return {.effective = sets.effective, .permitted = sets.permitted, .inheritable = sets.inheritable};
}

// Without no_new_privs, installing the filter needs CAP_SYS_ADMIN, which is then kept beside the user's
// identity.
void AddCapabilities(const ProcessSetup& setup, const security::CapabilitySets& sets, door::Act& act) {
  const security::CapabilitySets first =
      setup.seccomp && !setup.process.no_new_privileges ? security::WithSysAdmin(sets) : sets;
  act.bounding = sets.bounding;
  act.capabilities = ForCapset(first);
  act.ambient = sets.ambient;
  act.final_capabilities = ForCapset(sets);
  act.sets_final_capabilities = first != sets;
}

Status AddLabels(const spec::Process& process, ActBlock& block, ActText& text) {
  TARE_ASSIGN_OR_RETURN(const bool apparmor, security::AppliesApparmor(process.apparmor_profile));
  TARE_ASSIGN_OR_RETURN(const bool selinux, security::AppliesSelinux(process.selinux_label));
  if (!apparmor && !selinux) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(block.act().procfs, procfs->RootOf("thread-self/attr/exec"));
  if (apparmor) block.AddString(&door::Act::apparmor, absl::StrCat("exec ", process.apparmor_profile));
  if (selinux) block.AddString(&door::Act::selinux, process.selinux_label);
  block.act().needs_apparmor = process.apparmor_profile != "unconfined";
  text.apparmor = process.apparmor_profile;
  text.selinux = process.selinux_label;
  return absl::OkStatus();
}

void AddFilter(const security::SeccompProgram& program, ActBlock& block) {
  block.Add(&door::Act::filter, {reinterpret_cast<const char*>(program.filter.data()),
                                 program.filter.size() * sizeof(sock_filter)});
  block.act().filter_flags = program.flags;
}

std::string Names(uint64_t capabilities) {
  std::vector<std::string> names;
  for (unsigned number = 0; number < 64; ++number)
    if ((capabilities >> number & 1) != 0) names.push_back(security::CapabilityName(number));
  return names.empty() ? "none" : absl::StrJoin(names, " ");
}

// The stub does not log, and neither does a process under a filter: so what follows is logged beforehand.
void LogWhatFollows(const ProcessSetup& setup, const security::CapabilitySets& sets, const ActText& text) {
  if (!log::Enabled(log::Level::kDebug)) return;
  if (!text.apparmor.empty()) log::Debug("what follows: AppArmor profile ", text.apparmor);
  if (!text.selinux.empty()) log::Debug("what follows: SELinux label ", text.selinux);
  log::Debug("what follows: user ", setup.process.user.uid, ", group ", setup.process.user.gid,
             setup.process.no_new_privileges ? ", no_new_privs" : "");
  log::Debug("what follows: capabilities: bounding ", Names(sets.bounding), "; permitted ",
             Names(sets.permitted), "; effective ", Names(sets.effective), "; inheritable ",
             Names(sets.inheritable), "; ambient ", Names(sets.ambient));
  if (setup.seccomp)
    log::Debug("what follows: a seccomp filter of ", setup.seccomp->filter.size(), " instructions");
  log::Debug("what follows: execute ", text.path);
}

}  // namespace

StatusOr<ActBlock> MakeAct(const ProcessSetup& setup, const door::Act& act,
                           const security::CapabilitySets& sets, ActText text) {
  ActBlock block(act);
  block.act().user = setup.process.user.uid;
  block.act().group = setup.process.user.gid;
  block.act().no_new_privileges = setup.process.no_new_privileges;
  block.act().first_closed = setup.fds.first_closed;
  AddCapabilities(setup, sets, block.act());
  TARE_RETURN_IF_ERROR(AddLabels(setup.process, block, text));
  if (setup.seccomp) AddFilter(*setup.seccomp, block);
  LogWhatFollows(setup, sets, text);
  block.AddString(&door::Act::path, text.path);
  block.Add(&door::Act::text, text.Serialize());
  return block;
}

}  // namespace tare::setup
