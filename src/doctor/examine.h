// Runs the probes, each in a process of its own with a deadline.
#pragma once

#include <vector>

#include "doctor/finding.h"
#include "doctor/probe.h"

namespace tare::doctor {

struct Examined {
  const Probe* probe = nullptr;
  bool needed = false;  // by a default container of the patient
  Finding finding;
};

// All probes that are for `patient`. A probe that hangs, or is killed by a seccomp filter, is missing.
std::vector<Examined> Examine(const Patient& patient);

// Whether a default container of the patient can run: nothing that it needs is missing.
bool IsHealthy(const std::vector<Examined>& all);

}  // namespace tare::doctor
