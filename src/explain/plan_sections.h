// The sections of the document of plan.h.
#pragma once

#include "json/writer.h"
#include "lifecycle/create/blueprint.h"

namespace tare::explain {

json::Output NamespacesSection(const namespaces::Plan& plan);                  // plan.cc
json::Output MountsSection(const rootfs::Plan& plan);                          // plan_rootfs.cc
json::Output RootSection(const rootfs::Plan& plan);                            // plan_rootfs.cc
json::Output DevicesSection(const rootfs::Plan& plan);                         // plan_rootfs.cc
StatusOr<json::Output> CgroupSection(const lifecycle::Blueprint& blueprint);   // plan_cgroup.cc
StatusOr<json::Output> ProcessSection(const lifecycle::Blueprint& blueprint);  // plan_process.cc
StatusOr<json::Output> SeccompSection(const spec::Seccomp& seccomp);           // plan_process.cc

}  // namespace tare::explain
