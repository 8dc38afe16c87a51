#include "security/seccomp_names.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "security/seccomp.h"

namespace tare::security {
namespace {

template <typename Number>
struct Word {
  absl::string_view name;
  Number number;
};

constexpr auto kActions = std::to_array<Word<uint32_t>>({
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
});

constexpr auto kOperators = std::to_array<Word<scmp_compare>>({
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
});

constexpr auto kFlags = std::to_array<Word<unsigned>>({
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
});

constexpr uint32_t kGreatestErrno = 4094;

template <typename Table>
auto Find(const Table& table, const std::string& name) -> StatusOr<decltype(table[0].number)> {
  for (const auto& word : table)
    if (word.name == name) return word.number;
  return InvalidError("unknown seccomp constant \"", name, "\"");
}

}  // namespace

StatusOr<uint32_t> ActionCode(const std::string& name, std::optional<uint32_t> errno_ret) {
  TARE_ASSIGN_OR_RETURN(const uint32_t code, Find(kActions, name));
  const bool takes_errno = code == SCMP_ACT_ERRNO(0) || code == SCMP_ACT_TRACE(0);
  if (errno_ret && !takes_errno) return InvalidError(name, " does not take errnoRet");
  // The kernel's greatest errno is 4095, and it reduces larger ones to that. The library refuses 4095.
  const uint32_t greatest = code == SCMP_ACT_ERRNO(0) ? kGreatestErrno : SECCOMP_RET_DATA;
  if (errno_ret.value_or(0) > greatest)
    return InvalidError("errnoRet ", *errno_ret, " is too large: libseccomp ", LibseccompVersion(),
                        " accepts at most ", greatest);
  return takes_errno ? code | errno_ret.value_or(EPERM) : code;
}

StatusOr<scmp_compare> Operator(const std::string& name) {
  return Find(kOperators, name);
}

StatusOr<uint32_t> Architecture(const std::string& name) {
  // libseccomp has the spec's names for architectures, but in lower case and without the prefix.
  absl::string_view suffix = name;
  const bool prefixed = absl::ConsumePrefix(&suffix, "SCMP_ARCH_");
  const uint32_t token = prefixed ? seccomp_arch_resolve_name(absl::AsciiStrToLower(suffix).c_str()) : 0;
  if (token == 0) return InvalidError("libseccomp ", LibseccompVersion(), " does not support ", name);
  return token;
}

StatusOr<unsigned> FilterFlag(const std::string& name) {
  return Find(kFlags, name);
}

}  // namespace tare::security
