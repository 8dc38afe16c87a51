// linux.cgroupsPath, as a path and as systemd's "slice:prefix:name": what is accepted stays inside its
// hierarchy, and means the same when it is read again.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cgroup/path.h"
#include "require.h"
#include "systemd/unit_name.h"

namespace {

using namespace tare::cgroup;  // NOLINT(google-build-using-namespace)

// Relative, without "", "." and "..".
void RequireInside(const std::string& path) {
  if (path.empty()) return;  // the root
  for (const absl::string_view part : absl::StrSplit(path, '/'))
    Require(!part.empty() && part != "." && part != "..");
}

void Paths(const std::string& text) {
  const std::string clean = Clean(text);
  RequireInside(clean);
  Require(Clean(clean) == clean && Clean("/" + text) == clean);
  Require(absl::StartsWith(clean, Parent(clean)));
  Require(clean.empty() || Clean(Join("/base", clean)) == "base/" + clean);
  const std::string below = BelowRoot(text, "/kubepods");
  RequireInside(below);
  Require(below.empty() || absl::StrCat("kubepods/", below) == clean);
}

void Units(const std::string& text) {
  const auto unit = tare::systemd::UnitOf(text, "id", "system.slice");
  if (!unit.ok()) return Require(!unit.status().message().empty());
  Require(absl::EndsWith(unit->name, ".scope") && !absl::StrContains(unit->name, '/') &&
          unit->name.size() <= 255);
  const auto path = tare::systemd::SlicePath(unit->slice);
  Require(path.ok());
  RequireInside(*path);
  Require(path->empty() ? unit->slice == "-.slice" : absl::EndsWith("/" + *path, "/" + unit->slice));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Paths(text);
  Units(text);
  return 0;
}
