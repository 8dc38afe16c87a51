#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "absl/strings/str_cat.h"
#include "json/reader.h"
#include "spec/sections.h"
#include "spec/words.h"

namespace tare::spec {
namespace {

using json::List;
using json::Optional;
using json::Value;
using json::Word;

constexpr std::array<Word, 16> kRlimits = {{
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
}};

// As numbers, because glibc's sched.h lacks some names, and linux/sched.h cannot be included beside it.
constexpr std::array<Word, 7> kSchedulerPolicies = {{
    {"SCHED_OTHER", 0},
    {"SCHED_FIFO", 1},
    {"SCHED_RR", 2},
    {"SCHED_BATCH", 3},
    {"SCHED_ISO", 4},
    {"SCHED_IDLE", 5},
    {"SCHED_DEADLINE", 6},
}};

constexpr std::array<Word, 7> kSchedulerFlags = {{
    {"SCHED_FLAG_RESET_ON_FORK", 0x01},
    {"SCHED_FLAG_RECLAIM", 0x02},
    {"SCHED_FLAG_DL_OVERRUN", 0x04},
    {"SCHED_FLAG_KEEP_POLICY", 0x08},
    {"SCHED_FLAG_KEEP_PARAMS", 0x10},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40},
}};

constexpr std::array<Word, 3> kIoPriorityClasses = {{
    // See ioprio_set(2). Linux 6.1.190's linux/ioprio.h has a parameter named `class`, an error in C++.
    {"IOPRIO_CLASS_RT", 1},
    {"IOPRIO_CLASS_BE", 2},
    {"IOPRIO_CLASS_IDLE", 3},
}};

absl::string_view NameOf(int value, std::span<const Word> words) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.value == value; });
  return found == words.end() ? "" : found->name;
}

// TIOCSWINSZ has 16 bits for each. The higher bits of a larger number are ignored, as in runc.
uint16_t ReadCells(Value at) {
  const auto cells = at.Integer<uint64_t>();
  const auto taken = static_cast<uint16_t>(cells);
  if (taken != cells) at.Remark(absl::StrCat("read as ", taken, ": a terminal can have at most 65535"));
  return taken;
}

// Engines that do not know the size write {"height": 0, "width": 0}.
std::optional<ConsoleSize> ReadConsoleSize(Value at) {
  const ConsoleSize size{.height = ReadCells(at["height"]), .width = ReadCells(at["width"])};
  if (size.height == 0 || size.width == 0) return std::nullopt;
  return size;
}

// The spec requires both. If one is missing, it is 0, as in runc and crun, and there is a warning.
uint32_t ReadIdOrRoot(Value user, absl::string_view name) {
  const Value id = user[name];
  if (!id.present() && user.present()) user.Remark(absl::StrCat(name, " is missing: assuming 0"));
  return ReadId(id);
}

User ReadUser(Value at) {
  return {
      .uid = ReadIdOrRoot(at, "uid"),
      .gid = ReadIdOrRoot(at, "gid"),
      .umask = at["umask"].OptionalInteger<mode_t>(),
      .additional_gids = List(at["additionalGids"], ReadId),
  };
}

Capabilities ReadCapabilities(Value at) {
  return {
      .bounding = at["bounding"].Strings(),
      .effective = at["effective"].Strings(),
      .inheritable = at["inheritable"].Strings(),
      .permitted = at["permitted"].Strings(),
      .ambient = at["ambient"].Strings(),
  };
}

Rlimit ReadRlimit(Value at) {
  return {
      .resource = WordAt(at.Required("type"), kRlimits, "rlimit type"),
      .soft = at.Required("soft").Integer<uint64_t>(),
      .hard = at.Required("hard").Integer<uint64_t>(),
  };
}

uint64_t ReadSchedulerFlags(Value at) {
  uint64_t flags = 0;
  for (Value flag : at.Elements()) {
    flags |= static_cast<uint64_t>(WordAt(flag, kSchedulerFlags, "scheduler flag"));
  }
  return flags;
}

Scheduler ReadScheduler(Value at) {
  return {
      .policy = static_cast<uint32_t>(WordAt(at.Required("policy"), kSchedulerPolicies, "scheduler policy")),
      .nice = at["nice"].Integer<int32_t>(-20, 19),
      .priority = at["priority"].Integer<uint32_t>(0, std::numeric_limits<int32_t>::max()),
      .flags = ReadSchedulerFlags(at["flags"]),
      .runtime = at["runtime"].Integer<uint64_t>(),
      .deadline = at["deadline"].Integer<uint64_t>(),
      .period = at["period"].Integer<uint64_t>(),
  };
}

IoPriority ReadIoPriority(Value at) {
  return {
      .io_class = WordAt(at.Required("class"), kIoPriorityClasses, "I/O priority class"),
      .priority = at["priority"].Integer<int>(0, 7),
  };
}

ExecCpuAffinity ReadExecCpuAffinity(Value at) {
  return {
      .initial = ReadNumberList(at["initial"]),
      .final = ReadNumberList(at["final"]),
  };
}

}  // namespace

Process ReadProcess(Value at) {
  return {
      .terminal = at["terminal"].Bool(),
      .console_size = ReadConsoleSize(at["consoleSize"]),
      .cwd = at.Required("cwd").AbsolutePath(),
      .env = at["env"].Strings(),
      .args = at["args"].Strings(),
      .rlimits = List(at["rlimits"], ReadRlimit),
      .apparmor_profile = at["apparmorProfile"].String(),
      .capabilities = Optional(at["capabilities"], ReadCapabilities),
      .no_new_privileges = at["noNewPrivileges"].Bool(),
      .oom_score_adj = at["oomScoreAdj"].OptionalInteger<int>(-1000, 1000),
      .scheduler = Optional(at["scheduler"], ReadScheduler),
      .selinux_label = at["selinuxLabel"].String(),
      .io_priority = Optional(at["ioPriority"], ReadIoPriority),
      .exec_cpu_affinity = Optional(at["execCPUAffinity"], ReadExecCpuAffinity),
      .has_user = at["user"].present(),
      .user = ReadUser(at["user"]),
  };
}

absl::string_view RlimitName(int resource) {
  return NameOf(resource, kRlimits);
}

absl::string_view SchedulerPolicyName(uint32_t policy) {
  return NameOf(static_cast<int>(policy), kSchedulerPolicies);
}

absl::string_view IoPriorityClassName(int io_class) {
  return NameOf(io_class, kIoPriorityClasses);
}

uint32_t ReadId(Value at) {
  return at.Integer<uint32_t>(0, kNoId - 1);
}

}  // namespace tare::spec
