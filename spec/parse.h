// JSON to spec documents. Every fault names its place: "config.json: line 3, column 7: ..." for malformed
// JSON, "config.json: /process/cwd: must be absolute" (a JSON pointer, RFC 6901) for a wrong or missing
// value.
//
// Unknown properties are ignored (config.md, "Extensibility"); null is the same as absent. Names of
// properties are read as Go's encoding/json does, on which files in the field rely: one that differs from the
// spec's in the case of letters only is taken for it, with a warning in the log, unless the right one is
// there, too. Names that are data (of annotations, sysctls, devices, files) are exact. The parsers check
// what one value can be checked for (type, range, known names, required, absolute paths); spec/rules.h checks
// the rest. nlohmann/json is seen nowhere outside spec/.
#pragma once

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "spec/config.h"

namespace tare::spec {

// `name` is what errors call the document: "config.json", "process.json".
StatusOr<Config> ParseConfig(absl::string_view json, absl::string_view name);
// Of a document that is, or will be, parsed by another command, which warns of what is odd in it.
StatusOr<Config> ParseConfigAgain(absl::string_view json, absl::string_view name);
StatusOr<Process> ParseProcess(absl::string_view json, absl::string_view name);
StatusOr<Resources> ParseResources(absl::string_view json, absl::string_view name);

}  // namespace tare::spec
