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

// capset(2) takes each set as two 32-bit words, the low one first.
Status SetCapabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; ++word) {
    const int shift = 32 * word;
    data[word] = {.effective = static_cast<uint32_t>(sets.effective >> shift),
                  .permitted = static_cast<uint32_t>(sets.permitted >> shift),
                  .inheritable = static_cast<uint32_t>(sets.inheritable >> shift)};
  }
  if (syscall(SYS_capset, &header, data) != 0) return ErrnoError(errno, "capset");
  return absl::OkStatus();
}

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

Status DropSysAdmin(const CapabilitySets& sets) {
  return SetCapabilities(sets);
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

Status DropBounding(const CapabilitySets& sets) {
  // Go up to the kernel's last capability, which may be newer than our list.
  for (int i = 0; i < 64; ++i) {
    if ((sets.bounding & Bit(i)) || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0) continue;
    const int error = errno;
    const Held held = InBoundingSet(i);
    if (held == Held::kUnknownToKernel) break;
    // Without CAP_SETPCAP nothing may be dropped, not even a capability that is no longer in the set.
    if (error == EPERM && held == Held::kNo) continue;
    return ErrnoError(error,
                      absl::StrCat("prctl(PR_CAPBSET_DROP, ", i < kCount ? kNames[i] : absl::StrCat(i), ")"));
  }
  return absl::OkStatus();
}

Status ApplyCapabilities(const CapabilitySets& sets) {
  TARE_RETURN_IF_ERROR(SetCapabilities(sets));
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
  for (int i = 0; i < kCount; ++i) {
    if ((sets.ambient & Bit(i)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) != 0)
      return ErrnoError(errno, absl::StrCat("prctl(PR_CAP_AMBIENT_RAISE, ", kNames[i], ")"));
  }
  return absl::OkStatus();
}

}  // namespace tare::security
