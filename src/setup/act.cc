#include "setup/act.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "process/identity.h"
#include "process/program.h"
#include "security/capabilities.h"
#include "security/lsm.h"
#include "setup/process_setup.h"

namespace tare::setup {
namespace {

using door::Step;

constexpr size_t kAlignment = 8;  // of the parts: sock_filter needs 4

ActText ParseText(absl::string_view text) {
  std::vector<std::string> fields = absl::StrSplit(text, '\0');
  fields.resize(5);
  return {.context = fields[0],
          .path = fields[1],
          .apparmor = fields[2],
          .selinux = fields[3],
          .what_is_missing = fields[4]};
}

Status AmbientError(const door::Failure& failure) {
  constexpr uint32_t kAll = 64;
  if (failure.detail == kAll) return ErrnoError(failure.error, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
  return ErrnoError(failure.error, absl::StrCat("prctl(PR_CAP_AMBIENT_RAISE, ",
                                                security::CapabilityName(failure.detail), ")"));
}

Status IdError(const door::Failure& failure, const char* call) {
  return Annotate(process::IdError(failure.error, absl::StrCat(call, "(", failure.detail, ")")),
                  "/process/user");
}

// Of a step before the program is confined.
Status IdentityError(const door::Failure& failure, const ActText& text) {
  const auto because = [&](absl::string_view call) { return ErrnoError(failure.error, call); };
  switch (failure.step) {
    case Step::kPidNamespace:
      return because("setns(init)");
    case Step::kClone:
      return because("clone");
    case Step::kSession:
      return because("setsid");
    case Step::kTerminal:
      return Annotate(because("ioctl(TIOCSCTTY)"), "/process/terminal");
    case Step::kApparmor:
      return security::ApparmorError(text.apparmor, failure.error);
    case Step::kSelinux:
      return security::SelinuxError(text.selinux, failure.error);
    case Step::kNoNewPrivileges:
      return because("prctl(PR_SET_NO_NEW_PRIVS)");
    case Step::kBoundingSet:
      return because(absl::StrCat("prctl(PR_CAPBSET_DROP, ", security::CapabilityName(failure.detail), ")"));
    case Step::kKeepCapabilities:
      return Annotate(because("prctl(PR_SET_KEEPCAPS)"), "/process/user");
    case Step::kGroup:
      return IdError(failure, "setresgid");
    case Step::kUser:
      return IdError(failure, "setresuid");
    case Step::kCapabilities:
      return Annotate(because("capset"), "/process/capabilities");
    case Step::kAmbientSet:
      return Annotate(AmbientError(failure), "/process/capabilities");
    case Step::kDumpable:
      return because("prctl(PR_SET_DUMPABLE)");
    case Step::kSend:
      return because("write");
    default:
      return because("read");
  }
}

Status ProgramError(const door::Failure& failure, const ActText& text) {
  switch (failure.step) {
    case Step::kFilter:
      return Annotate(ErrnoError(failure.error, "seccomp(SECCOMP_SET_MODE_FILTER)"), "/linux/seccomp");
    case Step::kFinalCapabilities:
      return Annotate(ErrnoError(failure.error, "capset"), kFilterForbids);
    default:
      return process::ExecutionError(failure.error, text.path, text.what_is_missing);
  }
}

bool ConcernsProgram(Step step) {
  return step == Step::kFilter || step == Step::kFinalCapabilities || step == Step::kExecute;
}

}  // namespace

ActBlock::ActBlock(const door::Act& act) : bytes_(reinterpret_cast<const char*>(&act), sizeof act) {}

void ActBlock::Add(door::Part door::Act::*part, absl::string_view bytes) {
  bytes_.resize((bytes_.size() + kAlignment - 1) / kAlignment * kAlignment);
  act().*part = {.offset = static_cast<uint32_t>(bytes_.size()), .size = static_cast<uint32_t>(bytes.size())};
  bytes_.append(bytes.data(), bytes.size());
}

void ActBlock::AddString(door::Part door::Act::*part, absl::string_view text) {
  Add(part, absl::StrCat(text, absl::string_view("\0", 1)));
}

std::string ActText::Serialize() const {
  return absl::StrJoin({context, path, apparmor, selinux, what_is_missing}, absl::string_view("\0", 1));
}

Status StatusOf(const door::Failure& failure, absl::string_view serialized) {
  const ActText text = ParseText(serialized);
  if (failure.step == Step::kRuntimeExited)
    return absl::AbortedError("the other process of the runtime has exited");
  if (failure.step == Step::kReceive && failure.error == EPROTO)
    return absl::InternalError("unexpected message from the runtime");
  if (!ConcernsProgram(failure.step)) return IdentityError(failure, text);
  Status status = ProgramError(failure, text);
  return text.context.empty() ? status : Annotate(std::move(status), text.context);
}

Status ParseFailure(absl::string_view payload) {
  if (payload.empty() || payload[0] != door::kReport) return ParseStatus(payload);
  constexpr size_t kTag = 1;  // the caller has read it
  if (payload.size() < sizeof(door::Report) - kTag)
    return absl::InternalError("the stub's error report is malformed");
  door::Report report;
  memcpy(&report.kind, payload.data(), sizeof report - kTag);
  return StatusOf(report.failure, payload.substr(sizeof report - kTag));
}

}  // namespace tare::setup
