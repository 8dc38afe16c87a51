// A probe: one question about this machine, which is answered by trying, and never by a version number.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "doctor/finding.h"

namespace tare::doctor {

// The caller, for whom the questions are answered.
struct Patient {
  bool is_root = true;  // effective UID 0, perhaps of a user namespace
  std::string root;     // the state directory
};

// Which callers a probe is for.
enum class Who { kAll, kRoot, kUser };

// Whether a container with the config.json of `tare spec` (for users that of `tare spec --rootless`) can
// only be made if the probe does not find anything missing.
enum class Needed { kNo, kByRoot, kByUser, kByAll };

struct Probe {
  absl::string_view area;
  absl::string_view name;
  absl::string_view purpose;  // what it is needed for
  // Called in a process of its own, which may enter namespaces and become another user. It is killed if it
  // does not return in time. It creates nothing that outlives the process.
  Finding (*run)(const Patient& patient);
  Needed needed;
  Who who = Who::kAll;
  absl::Duration deadline = absl::Seconds(3);
};

// All probes, grouped by area, in the order in which they are shown.
std::span<const Probe> Probes();

bool IsFor(const Probe& probe, const Patient& patient);
bool IsNeeded(const Probe& probe, const Patient& patient);

}  // namespace tare::doctor
