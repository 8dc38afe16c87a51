// Namespaces: each is made for the process of the probe.
#include <linux/sched.h>

#include "doctor/playground.h"
#include "doctor/probes.h"
#include "network/net_devices.h"

namespace tare::doctor {
namespace {

Finding Namespace(const Patient& patient, uint64_t flag, absl::string_view config) {
  return FindingOf(
      EnterPlayground(patient, flag),
      patient.is_root
          ? absl::StrCat("use a kernel with ", config, "; if tare runs in a container, that needs ",
                         "CAP_SYS_ADMIN (or a user namespace) and a profile that allows unshare")
          : absl::StrCat("see the user namespace; otherwise use a kernel with ", config));
}

}  // namespace

Finding MountNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWNS, "mount namespaces");
}

Finding PidNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWPID, "CONFIG_PID_NS");
}

Finding NetworkNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWNET, "CONFIG_NET_NS");
}

Finding IpcNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWIPC, "CONFIG_IPC_NS");
}

Finding UtsNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWUTS, "CONFIG_UTS_NS");
}

Finding CgroupNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWCGROUP, "CONFIG_CGROUPS");
}

Finding TimeNamespace(const Patient& patient) {
  return Namespace(patient, CLONE_NEWTIME, "CONFIG_TIME_NS (Linux 5.6)");
}

Finding Loopback(const Patient& patient) {
  const Status entered = EnterPlayground(patient, CLONE_NEWNET);
  return FindingOf(entered.ok() ? network::BringLoopbackUp() : entered,
                   "see the network namespace; CAP_NET_ADMIN is needed in it");
}

}  // namespace tare::doctor
