#include <unistd.h>

#include "bundle/bundle.h"
#include "json/editor.h"

namespace tare::bundle {
namespace {

// Images and tare's own default have the name of a program here.
constexpr char kHostname[] = "container";

bool HasNamespace(const json::Editor& config, absl::string_view type) {
  for (size_t i = 0; i < config.Size("/linux/namespaces"); ++i)
    if (config.String(absl::StrCat("/linux/namespaces/", i, "/type")) == type) return true;
  return false;
}

void Adapt(const Options& options, json::Editor& config) {
  config.Set("/process/terminal", options.terminal);
  if (config.Has("/hostname")) config.Set("/hostname", kHostname);
  if (options.cgroup == spec::CgroupNamespace::kNew && !HasNamespace(config, "cgroup"))
    config.Set("/linux/namespaces/-", json::Raw{R"({"type": "cgroup"})"});
}

}  // namespace

StatusOr<std::string> ConfigForRootfs(const std::string& rootfs, const Options& options) {
  const std::string document = options.privileges == Privileges::kRootless
                                   ? spec::RootlessConfigDocument(geteuid(), getegid(), options.cgroup)
                                   : spec::DefaultConfigDocument(options.cgroup);
  TARE_ASSIGN_OR_RETURN(json::Editor config, json::Editor::Parse(document, "config.json"));
  Adapt(options, config);
  config.Set("/root/path", rootfs);
  config.Set("/root/readonly", false);
  return config.Indented();
}

StatusOr<std::string> ConfigForImage(absl::string_view text, const Options& options) {
  TARE_ASSIGN_OR_RETURN(json::Editor config, json::Editor::Parse(text, "umoci's config.json"));
  Adapt(options, config);
  return config.Indented();
}

}  // namespace tare::bundle
