// The findings as JSON.
#pragma once

#include <string>
#include <vector>

#include "doctor/examine.h"

namespace tare::doctor {

// "ok", "limited", "missing"
const char* WordOf(Verdict verdict);

// {"caller": "root" or "user", "defaultContainer": bool, "findings": [{"area", "name", "verdict",
// "neededFor", "needed", "detail", "cure"}, ...]}, indented, with a newline at the end.
std::string Document(const Patient& patient, const std::vector<Examined>& all);

}  // namespace tare::doctor
