// Names of the Container Device Interface: of kinds ("vendor.com/class") and devices
// ("vendor.com/class=name"), and the keys of annotations.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cdi {

struct QualifiedName {
  std::string kind;  // "vendor.com/class"
  std::string name;

  std::string Text() const { return kind + "=" + name; }
};

// "nvidia.com/gpu=0"; an error says what is wrong.
StatusOr<QualifiedName> ParseQualifiedName(absl::string_view text);

// SPEC.md, "Kind" and "CDI Devices", and where the reference library is more exact, as it does: a colon may
// be part of a device's name ("0:1", a part of a GPU).
Status CheckKind(absl::string_view kind);
Status CheckDeviceName(absl::string_view name);

// The part of a kind after the slash.
absl::string_view ClassOf(absl::string_view kind);

// As Kubernetes has it for annotations: "name" or "prefix.com/name".
Status CheckAnnotationKey(absl::string_view key);

}  // namespace tare::cdi
