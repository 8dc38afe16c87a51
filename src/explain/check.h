// Checks a config.json as `create` does, but goes on after the first fault, and warns of what is unusual or
// weakens the isolation of the container. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lifecycle/runtime.h"
#include "spec/inspection.h"

namespace tare::explain {

struct CheckOptions {
  std::string bundle = ".";
  std::string config_file;  // read in place of the bundle's config.json, without looking for a rootfs
};

struct Report {
  std::string file;                     // as the caller named it, or "DIR/config.json"
  std::vector<spec::Finding> findings;  // errors first; the first of them is the one of `create`

  size_t Count(spec::Severity severity) const;
};

// An error only if the file cannot be read. With --systemd-cgroup, what concerns systemd is checked, too.
StatusOr<Report> Check(const lifecycle::Runtime& runtime, const CheckOptions& options);

// The report as JSON.
std::string Document(const Report& report);

}  // namespace tare::explain
