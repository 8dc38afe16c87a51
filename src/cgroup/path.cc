#include "cgroup/path.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace tare::cgroup {

std::string Clean(absl::string_view path) {
  std::vector<absl::string_view> kept;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == ".") continue;
    if (part != "..")
      kept.push_back(part);
    else if (!kept.empty())
      kept.pop_back();
  }
  return absl::StrJoin(kept, "/");
}

std::string Join(absl::string_view base, absl::string_view path) {
  if (path.empty()) return std::string(base);
  if (base.empty()) return std::string(path);
  return absl::StrCat(absl::StripSuffix(base, "/"), "/", absl::StripPrefix(path, "/"));
}

std::string Parent(absl::string_view clean) {
  const size_t slash = clean.find_last_of('/');
  return slash == absl::string_view::npos ? "" : std::string(clean.substr(0, slash));
}

std::string BelowRoot(absl::string_view cgroup, absl::string_view root) {
  if (absl::StrContains(cgroup, "/.."))
    return "";  // it is outside of this cgroup namespace (cgroup_namespaces(7))
  std::string own = Clean(cgroup);
  const std::string top = Clean(root);
  if (top.empty()) return own;
  if (own == top || !absl::StartsWith(own, absl::StrCat(top, "/"))) return "";
  return own.substr(top.size() + 1);
}

}  // namespace tare::cgroup
