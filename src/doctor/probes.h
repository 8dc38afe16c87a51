// The questions themselves, one function each; probe.cc has the table that says what each is for.
#pragma once

#include "doctor/probe.h"

namespace tare::doctor {

// kernel_probes.cc
Finding KernelVersion(const Patient&);
Finding Clone3(const Patient&);
Finding CloneIntoCgroup(const Patient&);
Finding Openat2(const Patient&);
Finding PidfdOpen(const Patient&);
Finding PidfdSendSignal(const Patient&);
Finding PidfdGetfd(const Patient&);
Finding CloseRange(const Patient&);
Finding MemfdExecution(const Patient&);
Finding Userfaultfd(const Patient&);
Finding SessionKeyring(const Patient&);
Finding Netlink(const Patient&);

// mount_probes.cc
Finding MountApi(const Patient&);
Finding MountSetattr(const Patient&);
Finding PivotRoot(const Patient&);
Finding Procfs(const Patient&);
Finding Sysfs(const Patient&);
Finding Mqueue(const Patient&);
Finding PseudoTerminals(const Patient&);
Finding Overlay(const Patient&);
Finding IdmappedMounts(const Patient&);

// namespace_probes.cc
Finding MountNamespace(const Patient&);
Finding PidNamespace(const Patient&);
Finding NetworkNamespace(const Patient&);
Finding IpcNamespace(const Patient&);
Finding UtsNamespace(const Patient&);
Finding CgroupNamespace(const Patient&);
Finding TimeNamespace(const Patient&);
Finding Loopback(const Patient&);

// user_probes.cc
Finding UserNamespace(const Patient&);
Finding UserNamespaceForUsers(const Patient&);
Finding MapTools(const Patient&);
Finding SubordinateIds(const Patient&);
Finding MapOfManyIds(const Patient&);
Finding RuntimeDirectory(const Patient&);
Finding StateDirectory(const Patient&);

// cgroup_probes.cc
Finding CgroupLayout(const Patient&);
Finding CgroupControllers(const Patient&);
Finding NewCgroup(const Patient&);
Finding CgroupKill(const Patient&);
Finding DeviceRules(const Patient&);

// security_probes.cc
Finding SeccompActions(const Patient&);
Finding SeccompFlags(const Patient&);
Finding SeccompFilter(const Patient&);
Finding Apparmor(const Patient&);
Finding Selinux(const Patient&);

// service_probes.cc
Finding SystemManager(const Patient&);
Finding UserManager(const Patient&);
Finding Criu(const Patient&);
Finding Resctrl(const Patient&);

}  // namespace tare::doctor
