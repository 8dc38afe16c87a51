// What a probe found out about the machine.
#pragma once

#include <string>
#include <utility>

#include "base/status.h"

namespace tare::doctor {

enum class Verdict {
  kOk,
  kLimited,  // usable, but not all of it, or not for everybody
  kMissing,
};

struct Finding {
  Verdict verdict = Verdict::kOk;
  std::string detail;  // what was found, or why it is missing; may be empty
  std::string cure;    // a command or a setting that helps; empty if nothing is wrong
};

inline Finding Ok(std::string detail = "") {
  return {Verdict::kOk, std::move(detail), ""};
}
inline Finding Limited(std::string detail, std::string cure) {
  return {Verdict::kLimited, std::move(detail), std::move(cure)};
}
inline Finding Missing(std::string detail, std::string cure) {
  return {Verdict::kMissing, std::move(detail), std::move(cure)};
}

// Ok, or missing with the error as its detail.
inline Finding FindingOf(const Status& status, std::string cure, std::string detail_if_ok = "") {
  return status.ok() ? Ok(std::move(detail_if_ok)) : Missing(std::string(status.message()), std::move(cure));
}

}  // namespace tare::doctor
