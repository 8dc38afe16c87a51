// The rules by section. `at` is the JSON pointer of the section, which begins every message: "" for a
// document of its own. spec/rules.h is the door to them.
#pragma once

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config.h"

namespace tare::spec {

// A namespace that the container does not share with the runtime, whether new or joined.
bool HasNamespace(const Config& config, NamespaceType type);

Status CheckNamespaces(const Config& config);                             // rules_namespaces.cc
Status CheckSysctls(const Config& config);                                // rules_sysctl.cc
Status CheckSeccomp(const Seccomp& seccomp, absl::string_view at);        // rules.cc
Status CheckProcess(const Process& process, absl::string_view at);        // rules_process.cc
Status CheckResources(const Resources& resources, absl::string_view at);  // rules_resources.cc

template <typename... Parts>
Status Broken(const std::string& pointer, const Parts&... what) {
  return InvalidError(pointer, ": ", what...);
}

}  // namespace tare::spec
