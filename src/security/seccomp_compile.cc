#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>

#include "base/log.h"
#include "kernel/file.h"
#include "security/seccomp.h"
#include "security/seccomp_names.h"
#include "security/seccomp_shrink.h"
#include "security/seccomp_stub.h"

namespace tare::security {
namespace {

using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, decltype(&seccomp_release)>;

// libseccomp returns negative errno values.
Status Check(int result, absl::string_view call) {
  if (result < 0) return ErrnoError(-result, call);
  return absl::OkStatus();
}

StatusOr<std::vector<scmp_arg_cmp>> Conditions(const spec::SeccompRule& rule) {
  std::vector<scmp_arg_cmp> conditions;
  for (const spec::SeccompArg& arg : rule.args) {
    if (arg.index > 5) return InvalidError("argument index ", arg.index, " is out of range: use 0 to 5");
    TARE_ASSIGN_OR_RETURN(const scmp_compare op, Operator(arg.op));
    // For SCMP_CMP_MASKED_EQ, `value` is the mask, and `valueTwo` is compared with the masked argument.
    conditions.push_back(scmp_arg_cmp{arg.index, op, arg.value, arg.value_two});
  }
  return conditions;
}

// libseccomp takes only one condition for each argument. If a profile has more, any of them suffices:
// profiles have relied on this since before runc 1.0.
bool AnyIndexTwice(const std::vector<scmp_arg_cmp>& conditions) {
  std::array<int, 6> count{};
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const scmp_arg_cmp& condition) { return ++count[condition.arg] > 1; });
}

Status AddRule(const Filter& filter, uint32_t action, int syscall, const std::vector<scmp_arg_cmp>& all) {
  constexpr char kCall[] = "seccomp_rule_add";
  if (!AnyIndexTwice(all))
    return Check(
        seccomp_rule_add_array(filter.get(), action, syscall, static_cast<unsigned>(all.size()), all.data()),
        kCall);
  for (const scmp_arg_cmp& one : all)
    TARE_RETURN_IF_ERROR(Check(seccomp_rule_add_array(filter.get(), action, syscall, 1, &one), kCall));
  return absl::OkStatus();
}

Status AddRules(const Filter& filter, uint32_t default_action, const spec::SeccompRule& rule) {
  TARE_ASSIGN_OR_RETURN(const uint32_t action, ActionCode(rule.action, rule.errno_ret));
  if (action == default_action) return absl::OkStatus();  // libseccomp refuses a rule that changes nothing
  TARE_ASSIGN_OR_RETURN(const std::vector<scmp_arg_cmp> conditions, Conditions(rule));
  for (const std::string& name : rule.names) {
    if (name.empty()) return InvalidError("empty system call name");
    // The process sends the listener to its owner with write(2), when the filter already applies.
    if (action == SCMP_ACT_NOTIFY && name == "write")
      return InvalidError("SCMP_ACT_NOTIFY cannot be used for the write syscall");
    const int syscall = seccomp_syscall_resolve_name(name.c_str());
    if (syscall == __NR_SCMP_ERROR) {
      // Profiles name the system calls of all kernels and architectures.
      log::Debug("seccomp: skipping unknown system call ", name);
      continue;
    }
    TARE_RETURN_IF_ERROR(AddRule(filter, action, syscall, conditions), name);
  }
  return absl::OkStatus();
}

Status AddArchitectures(const Filter& filter, const spec::Seccomp& seccomp) {
  for (const std::string& name : seccomp.architectures) {
    TARE_ASSIGN_OR_RETURN(const uint32_t token, Architecture(name));
    const int result = seccomp_arch_add(filter.get(), token);
    if (result != -EEXIST) TARE_RETURN_IF_ERROR(Check(result, absl::StrCat("seccomp_arch_add(", name, ")")));
  }
  return absl::OkStatus();
}

StatusOr<std::vector<sock_filter>> Export(const Filter& filter) {
  // A file, because libseccomp writes the program at once, and a pipe could be too small for it.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd file, kernel::MemoryFile("seccomp", ""));
  // Without this, the library returns ECANCELED for every error of the kernel (seccomp_attr_set(3), 2.5).
  TARE_RETURN_IF_ERROR(
      Check(seccomp_attr_set(filter.get(), SCMP_FLTATR_API_SYSRAWRC, 1), "seccomp_attr_set(SYSRAWRC)"));
  TARE_RETURN_IF_ERROR(Check(seccomp_export_bpf(filter.get(), file.get()), "seccomp_export_bpf"));
  TARE_ASSIGN_OR_RETURN(const struct stat st, kernel::Stat(file.get()));
  std::vector<sock_filter> program(static_cast<size_t>(st.st_size) / sizeof(sock_filter));
  const size_t bytes = program.size() * sizeof(sock_filter);
  if (pread(file.get(), program.data(), bytes, 0) != st.st_size)
    return absl::InternalError("seccomp_export_bpf: an incomplete program");
  return program;
}

StatusOr<std::vector<sock_filter>> CompileFilter(const spec::Seccomp& seccomp) {
  TARE_ASSIGN_OR_RETURN(const uint32_t default_action,
                        ActionCode(seccomp.default_action, seccomp.default_errno_ret));
  if (default_action == SCMP_ACT_NOTIFY)
    return InvalidError("SCMP_ACT_NOTIFY cannot be used as default action");
  const Filter filter(seccomp_init(default_action), seccomp_release);
  if (!filter)
    return InvalidError("seccomp_init(", seccomp.default_action,
                        ") failed: the kernel may not support this action");
  TARE_RETURN_IF_ERROR(AddArchitectures(filter, seccomp));

  for (size_t i = 0; i < seccomp.syscalls.size(); ++i)
    TARE_RETURN_IF_ERROR(AddRules(filter, default_action, seccomp.syscalls[i]),
                         absl::StrCat("syscalls[", i, "]"));
  return Export(filter);
}

bool Notifies(const spec::Seccomp& seccomp) {
  return std::any_of(seccomp.syscalls.begin(), seccomp.syscalls.end(),
                     [](const spec::SeccompRule& rule) { return rule.action == "SCMP_ACT_NOTIFY"; });
}

StatusOr<unsigned> Flags(const spec::Seccomp& seccomp) {
  // The spec does not define the default. As in runc, speculative store bypass is not mitigated, because that
  // is too expensive.
  if (!seccomp.flags) return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  unsigned flags = 0;
  for (const std::string& name : *seccomp.flags) {
    TARE_ASSIGN_OR_RETURN(const unsigned flag, FilterFlag(name));
    flags |= flag;
  }
  // The process has only one thread, so there is nothing to synchronise; with a listener,
  // seccomp(2) refuses it.
  flags &= ~static_cast<unsigned>(SECCOMP_FILTER_FLAG_TSYNC);
  // Without a listener, the kernel refuses this flag (EINVAL), and it would have no effect.
  if (!Notifies(seccomp)) flags &= ~static_cast<unsigned>(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  return flags;
}

}  // namespace

StatusOr<SeccompProgram> CompileSeccomp(const spec::Seccomp& seccomp) {
  SeccompProgram program{.notifies = Notifies(seccomp)};
  TARE_ASSIGN_OR_RETURN(program.flags, Flags(seccomp));
  TARE_ASSIGN_OR_RETURN(program.filter, EnosysStub(seccomp));
  TARE_ASSIGN_OR_RETURN(const std::vector<sock_filter> filter, CompileFilter(seccomp));
  program.filter.insert(program.filter.end(), filter.begin(), filter.end());
  program.filter = Shrink(program.filter);
  if (program.filter.size() > BPF_MAXINSNS)
    return InvalidError("the seccomp profile needs ", program.filter.size(),
                        " BPF instructions: the kernel accepts ", BPF_MAXINSNS);
  return program;
}

std::string LibseccompVersion() {
  const scmp_version* version = seccomp_version();
  return absl::StrCat(version->major, ".", version->minor, ".", version->micro);
}

}  // namespace tare::security
