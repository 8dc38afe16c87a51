// YAML as JSON text, so that one reader reads both. Parsed by libyaml.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cdi {

enum class Scalar { kString, kInteger, kBool };

// What a scalar without quotes means depends on where it is, as with the reference library, which decodes
// into typed fields: `name: 0` is the string "0", `major: 0` a number. `kind` is asked about each such
// scalar, with the name of the member that it is the value of or, in a list, that the list is the value of;
// and the name of the member that the object is the value of.
using KindOfScalar = absl::FunctionRef<Scalar(absl::string_view object, absl::string_view member)>;

// `text` must be one YAML document. Integers are written as in YAML 1.1 or 1.2 (0666 and 0o666 are octal),
// and an alias is replaced by what it refers to. Errors: malformed YAML, a second document, an alias to a
// node that it is part of, a key that is not a scalar, and a document that is nested too deeply or too long
// with its aliases replaced. They begin with "NAME: line 3, column 7".
StatusOr<std::string> YamlToJson(absl::string_view text, absl::string_view name, KindOfScalar kind);

}  // namespace tare::cdi
