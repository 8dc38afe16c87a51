// The document of explain/plan.h as a table for a person.
#pragma once

#include <string>

#include "json/writer.h"

namespace tare::explain {

std::string PlanTable(const json::Output& plan);

}  // namespace tare::explain
