#include "security/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"

namespace tare::security {
namespace {

// The index in the list is the number of the capability in the kernel's ABI.
constexpr absl::string_view kNames[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
constexpr int kCount = static_cast<int>(std::size(kNames));

constexpr uint64_t Bit(int capability) {
  return uint64_t{1} << capability;
}

enum class Held { kYes, kNo, kUnknownToKernel };

Held InBoundingSet(int capability) {
  const int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
  if (held < 0) return Held::kUnknownToKernel;
  return held == 1 ? Held::kYes : Held::kNo;
}

// Translates the sets, and collects the names that were left out for one warning at the end,
// worded as runc's.
class Translation {
 public:
  uint64_t Set(const std::vector<std::string>& names) {
    uint64_t set = 0;
    for (const std::string& name : names) set |= Grantable(name);
    return set;
  }

  // The kernel raises an ambient capability only if it is both permitted and inheritable.
  uint64_t Ambient(const std::vector<std::string>& names, uint64_t raisable) {
    const uint64_t wanted = Set(names);
    for (int i = 0; i < kCount; ++i)
      if ((wanted & ~raisable & Bit(i)) != 0)
        log::Warning("can't raise ambient capability ", kNames[i], ": ", ErrnoText(EPERM));
    return wanted & raisable;
  }

  void Warn() const {
    if (left_out_.empty()) return;
    log::Warning("ignoring unknown or unavailable capabilities: [", absl::StrJoin(left_out_, " "), "]");
  }

 private:
  uint64_t Grantable(const std::string& name) {
    const int number = CapabilityNumber(name);
    if (number >= 0 && (granted_ & Bit(number))) return Bit(number);
    if (left_out_.contains(name)) return 0;
    if (number < 0 || InBoundingSet(number) != Held::kYes) {
      left_out_.insert(name);
      return 0;
    }
    granted_ |= Bit(number);
    return Bit(number);
  }

  // So that prctl(PR_CAPBSET_READ) is called only once for each capability that a config names.
  uint64_t granted_ = 0;
  std::set<std::string> left_out_;
};

}  // namespace

CapabilitySets Capabilities(const spec::Process& process) {
  if (!process.capabilities) return {};
  const spec::Capabilities& wanted = *process.capabilities;
  Translation translation;
  CapabilitySets sets{.bounding = translation.Set(wanted.bounding),
                      .effective = translation.Set(wanted.effective),
                      .inheritable = translation.Set(wanted.inheritable),
                      .permitted = translation.Set(wanted.permitted)};
  sets.ambient = translation.Ambient(wanted.ambient, sets.permitted & sets.inheritable);
  translation.Warn();
  return sets;
}

CapabilitySets WithSysAdmin(CapabilitySets sets) {
  sets.effective |= Bit(CAP_SYS_ADMIN);
  sets.permitted |= Bit(CAP_SYS_ADMIN);
  return sets;
}

int CapabilityNumber(absl::string_view name) {
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  return found == std::end(kNames) ? -1 : static_cast<int>(found - std::begin(kNames));
}

std::vector<std::string> KnownCapabilities() {
  std::vector<std::string> known;
  for (int i = 0; i < kCount && InBoundingSet(i) != Held::kUnknownToKernel; ++i)
    known.emplace_back(kNames[i]);
  return known;
}

std::string CapabilityName(unsigned number) {
  return number < kCount ? std::string(kNames[number]) : absl::StrCat(number);
}

Status SetEffective(uint64_t effective) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, data) != 0) return ErrnoError(errno, "capget");
  for (unsigned word = 0; word < _LINUX_CAPABILITY_U32S_3; ++word)
    data[word].effective = static_cast<uint32_t>(effective >> (32 * word)) & data[word].permitted;
  return syscall(SYS_capset, &header, data) == 0 ? absl::OkStatus() : ErrnoError(errno, "capset");
}

}  // namespace tare::security
