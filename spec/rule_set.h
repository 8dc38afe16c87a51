// The rules for the sections of config.json; other rooms use spec/rules.h. `at` is the JSON pointer of the
// section, with which every error begins. It is "" if the section is a document of its own.
#pragma once

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config.h"

namespace tare::spec {

// True if the container has a namespace of this type that differs from the runtime's, new or joined.
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
