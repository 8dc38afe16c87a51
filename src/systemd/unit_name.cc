#include "systemd/unit_name.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace tare::systemd {
namespace {

constexpr char kPrefix[] = "tare";

// Checks the characters of a name, and its length including the suffix (systemd.unit(5)).
Status CheckName(absl::string_view name) {
  constexpr absl::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  if (name.size() > 255) return InvalidError("unit name \"", name, "\" is longer than 255 characters");
  const size_t bad = name.find_first_not_of(kNameCharacters);
  if (bad == absl::string_view::npos) return absl::OkStatus();
  return InvalidError("unit name \"", name, "\": systemd does not allow \"", name.substr(bad, 1), "\" in it");
}

StatusOr<Unit> Check(Unit unit) {
  TARE_RETURN_IF_ERROR(SlicePath(unit.slice).status());
  TARE_RETURN_IF_ERROR(CheckName(unit.name));
  return unit;
}

}  // namespace

StatusOr<Unit> UnitOf(const std::string& cgroups_path, const std::string& container_id,
                      const char* usual_slice) {
  if (cgroups_path.empty()) return Check({usual_slice, absl::StrCat(kPrefix, "-", container_id, ".scope")});
  const std::vector<std::string> parts = absl::StrSplit(cgroups_path, ':');
  if (parts.size() != 3 || absl::StrContains(cgroups_path, '/'))
    return InvalidError(
        "linux.cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, "
        "got \"",
        cgroups_path, "\" instead");
  const auto& [slice, prefix, name] = std::tie(parts[0], parts[1], parts[2]);
  if (absl::EndsWith(name, ".slice"))
    return InvalidError("linux.cgroupsPath: \"", name, "\": a container is a scope and cannot be a slice");
  // With an empty prefix the dash remains, as in runc and crun: engines find the scope by its name.
  return Check({slice.empty() ? usual_slice : slice,
                absl::StrCat(prefix, "-", name.empty() ? container_id : name, ".scope")});
}

StatusOr<std::string> SlicePath(absl::string_view slice) {
  absl::string_view stem = slice;
  if (!absl::ConsumeSuffix(&stem, ".slice") || stem.empty() || absl::StrContains(slice, '/'))
    return InvalidError("invalid slice name \"", slice, "\": must have the form NAME.slice");
  TARE_RETURN_IF_ERROR(CheckName(slice));
  if (stem == "-") return std::string();
  std::string path;
  std::string name;
  for (absl::string_view part : absl::StrSplit(stem, '-')) {
    if (part.empty()) return InvalidError("invalid slice name \"", slice, "\": empty part between dashes");
    absl::StrAppend(&name, name.empty() ? "" : "-", part);
    absl::StrAppend(&path, path.empty() ? "" : "/", name, ".slice");
  }
  return path;
}

}  // namespace tare::systemd
