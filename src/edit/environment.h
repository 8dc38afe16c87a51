// --env and --env-file: variables of the container's program.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "json/editor.h"

namespace tare::edit {

// environ(7) of this process: "NAME=VALUE"
std::vector<std::string> CallersEnvironment();

// The variables, "NAME=VALUE", in the order in which they are to be set: those of the files come first. An
// entry "NAME" takes the value from `caller` and is left out if it has none; "PREFIX*" takes all whose names
// begin so. In a file, spaces before a name are skipped, and empty lines and lines that begin with # are
// ignored.
StatusOr<std::vector<std::string>> ReadVariables(const std::vector<std::string>& files,
                                                 const std::vector<std::string>& entries,
                                                 const std::vector<std::string>& caller);

// Sets them in process.env, in place of those with the same name.
void SetVariables(const std::vector<std::string>& variables, json::Editor& config);

bool HasVariable(const json::Editor& config, absl::string_view name);

}  // namespace tare::edit
