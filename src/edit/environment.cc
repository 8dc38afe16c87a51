#include "edit/environment.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"

namespace tare::edit {
namespace {

using Variables = std::vector<std::string>;

absl::string_view NameOf(absl::string_view variable) {
  return variable.substr(0, variable.find('='));
}

Status AddEntry(absl::string_view entry, const Variables& caller, Variables& variables) {
  if (entry.empty()) return absl::OkStatus();  // an unset variable in a script
  const absl::string_view name = NameOf(entry);
  if (name.empty()) return InvalidError("invalid environment variable: \"", entry, "\"");
  if (name.size() < entry.size()) {
    variables.emplace_back(entry);
    return absl::OkStatus();
  }
  absl::string_view prefix = name;
  const bool all = absl::ConsumeSuffix(&prefix, "*");
  for (const std::string& variable : caller)
    if (all ? absl::StartsWith(NameOf(variable), prefix) : NameOf(variable) == name)
      variables.push_back(variable);
  return absl::OkStatus();
}

Status AddFile(const std::string& file, const Variables& caller, Variables& variables) {
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile(file));
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    absl::ConsumeSuffix(&line, "\r");
    if (!absl::StartsWith(line, "#")) TARE_RETURN_IF_ERROR(AddEntry(line, caller, variables), file);
  }
  return absl::OkStatus();
}

void SetVariable(const std::string& variable, json::Editor& config) {
  const absl::string_view name = NameOf(variable);
  const size_t size = config.Size("/process/env");
  bool is_set = false;
  for (size_t i = size; i > 0; --i) {  // from the end, because the last of several is the one that counts
    const std::string pointer = absl::StrCat("/process/env/", i - 1);
    const std::optional<std::string> old = config.String(pointer);
    if (!old || NameOf(*old) != name) continue;
    if (is_set)
      config.Remove(pointer);
    else
      config.Set(pointer, variable);
    is_set = true;
  }
  if (!is_set) config.Set("/process/env/-", variable);
}

}  // namespace

Variables CallersEnvironment() {
  Variables variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  return variables;
}

StatusOr<Variables> ReadVariables(const std::vector<std::string>& files,
                                  const std::vector<std::string>& entries, const Variables& caller) {
  Variables variables;
  for (const std::string& file : files) TARE_RETURN_IF_ERROR(AddFile(file, caller, variables), "--env-file");
  for (const std::string& entry : entries) TARE_RETURN_IF_ERROR(AddEntry(entry, caller, variables), "--env");
  return variables;
}

void SetVariables(const Variables& variables, json::Editor& config) {
  for (const std::string& variable : variables) SetVariable(variable, config);
}

bool HasVariable(const json::Editor& config, absl::string_view name) {
  const Variables variables = config.Strings("/process/env");
  return std::ranges::any_of(variables, [&](const std::string& one) { return NameOf(one) == name; });
}

}  // namespace tare::edit
