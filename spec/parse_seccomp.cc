#include "absl/strings/str_cat.h"
#include "json/reader.h"
#include "spec/names.h"
#include "spec/sections.h"

namespace tare::spec {
namespace {

using json::KnownName;
using json::List;
using json::Value;

constexpr unsigned kSyscallArguments = 6;

std::string ReadAction(Value at) {
  return KnownName(at, kSeccompActions, "seccomp action");
}
std::string ReadArchitecture(Value at) {
  return KnownName(at, kSeccompArchitectures, "seccomp architecture");
}
std::string ReadFlag(Value at) {
  return KnownName(at, kSeccompFlags, "seccomp flag");
}

// config-linux.md says that an errno is an error if the action does not return one. No runtime enforces this,
// so it is a warning.
std::optional<uint32_t> ReadErrno(Value at, absl::string_view action) {
  const auto number = at.OptionalInteger<uint32_t>();
  if (!number || action == "SCMP_ACT_ERRNO" || action == "SCMP_ACT_TRACE") return number;
  at.Remark(absl::StrCat("ignored: action ", action, " does not take an errno"));
  return std::nullopt;
}

SeccompArg ReadArg(Value at) {
  return {
      .index = at.Required("index").Integer<unsigned>(0, kSyscallArguments - 1),
      .value = at.Required("value").Integer<uint64_t>(),
      .value_two = at["valueTwo"].Integer<uint64_t>(),
      .op = KnownName(at.Required("op"), kSeccompOperators, "seccomp operator"),
  };
}

std::vector<std::string> ReadNames(Value at) {
  std::vector<std::string> names = at.Strings();
  if (names.empty()) at.Remark("should not be empty: the rule has no effect");
  return names;
}

SeccompRule ReadRule(Value at) {
  SeccompRule rule{
      .names = ReadNames(at.Required("names")),
      .action = ReadAction(at.Required("action")),
      .args = List(at["args"], ReadArg),
  };
  rule.errno_ret = ReadErrno(at["errnoRet"], rule.action);
  return rule;
}

// Then there is no filter, as in runc. The other members are known, but may have any value.
bool IsEmpty(Value at) {
  if (!at["defaultAction"].String().empty() || !at["syscalls"].Elements().empty()) return false;
  for (const char* other : {"architectures", "flags", "defaultErrnoRet", "listenerPath", "listenerMetadata"})
    (void)at[other];
  return true;
}

}  // namespace

std::optional<Seccomp> ReadSeccomp(Value at) {
  if (!at.present() || IsEmpty(at)) return std::nullopt;
  Seccomp seccomp{
      .default_action = ReadAction(at.Required("defaultAction")),
      .architectures = List(at["architectures"], ReadArchitecture),
      .listener_path = at["listenerPath"].String(),
      .listener_metadata = at["listenerMetadata"].String(),
      .syscalls = List(at["syscalls"], ReadRule),
  };
  seccomp.default_errno_ret = ReadErrno(at["defaultErrnoRet"], seccomp.default_action);
  if (at["flags"].present()) seccomp.flags = List(at["flags"], ReadFlag);
  if (!seccomp.listener_metadata.empty() && seccomp.listener_path.empty()) {
    at["listenerMetadata"].Fail("needs a listenerPath");
  }
  return seccomp;
}

}  // namespace tare::spec
