// Reads the spec's documents from JSON. Every error names its place: "config.json: line 3, column 7: ..."
// for malformed JSON, "config.json: /process/cwd: must be absolute" (a JSON pointer, RFC 6901) for a wrong
// or missing value.
//
// Unknown properties are ignored (config.md, "Extensibility"), and null means absent. Property names are read
// as by Go's encoding/json, because existing files rely on it: a name that differs from the spec's only in
// upper and lower case is accepted with a warning, unless the exact name is also present. Names that are data
// (annotations, sysctls, devices, files) must be exact. The parsers check everything that concerns a single
// value: type, range, known names, required properties, absolute paths. spec/rules.h checks the rest.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config.h"

namespace tare::spec {

// `name` is the name of the document in errors: "config.json", "process.json".
StatusOr<Config> ParseConfig(absl::string_view json, absl::string_view name);
// For a document that another command parses as well. Only that command warns about questionable values.
StatusOr<Config> ParseConfigAgain(absl::string_view json, absl::string_view name);
StatusOr<Process> ParseProcess(absl::string_view json, absl::string_view name);
StatusOr<Resources> ParseResources(absl::string_view json, absl::string_view name);
// The array "mounts" of config.json, or an object with it, for example a whole config.json.
StatusOr<std::vector<Mount>> ParseMounts(absl::string_view json, absl::string_view name);

}  // namespace tare::spec
