#include "lifecycle/create/bundle.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/lines.h"
#include "base/step.h"
#include "container/store.h"
#include "json/editor.h"
#include "kernel/file.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace tare::lifecycle {
namespace {

StatusOr<std::string> Absolute(const std::string& path) {
  if (!path.empty() && path.front() == '/') return path;
  std::unique_ptr<char, decltype(&free)> here(getcwd(nullptr, 0), free);
  if (!here) return ErrnoError(errno, "getcwd");
  if (path.empty() || path == ".") return std::string(here.get());
  return absl::StrCat(here.get(), "/", path);
}

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Status Edit(Bundle& bundle, const ConfigEdit& edit, const std::string& name) {
  TARE_ASSIGN_OR_RETURN(json::Editor editor, json::Editor::Parse(bundle.json, name));
  TARE_RETURN_IF_ERROR(edit(editor, bundle.path));
  bundle.json = editor.Text();
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::string> ReadConfig(const std::string& path) {
  StatusOr<std::string> json = kernel::ReadFile(path, container::kMostOfDocument);
  if (ErrnoOf(json.status()) == ENOENT)
    return WithHint(
        absl::NotFoundError(absl::StrCat("JSON specification file ", path, " not found")),
        "make one with \"tare bundle\", from a root filesystem or an image, or with \"tare spec\"");
  return json;
}

StatusOr<std::string> FindRootfs(const std::string& bundle, const std::string& root) {
  const std::string path = root.front() == '/' ? root : absl::StrCat(bundle, "/", root);
  TARE_ASSIGN_OR_RETURN(std::string resolved, kernel::RealPath(path), "config.json: /root/path");
  struct stat st {};
  if (stat(resolved.c_str(), &st) != 0) return ErrnoError(errno, absl::StrCat("stat(", resolved, ")"));
  if (!S_ISDIR(st.st_mode)) return InvalidError("config.json: /root/path: ", resolved, ": not a directory");
  return resolved;
}

Status NoProcessError() {
  return absl::FailedPreconditionError(
      "config.json: process property must not be empty: there is no program to start");
}

StatusOr<Bundle> LoadBundle(const Runtime& runtime, const CreateOptions& options) {
  TARE_STEP("config.json of bundle ", options.bundle, ": read and checked");
  Bundle bundle;
  TARE_ASSIGN_OR_RETURN(bundle.path, Absolute(options.bundle));
  bundle.json = options.config;
  if (options.config.empty()) {
    const std::string file =
        options.config_file.empty() ? absl::StrCat(bundle.path, "/config.json") : options.config_file;
    TARE_ASSIGN_OR_RETURN(bundle.json, ReadConfig(file));
    if (options.edit) TARE_RETURN_IF_ERROR(Edit(bundle, options.edit, NameOf(file)));
    TARE_ASSIGN_OR_RETURN(bundle.config, spec::ParseConfig(bundle.json, NameOf(file)));
  } else {
    TARE_ASSIGN_OR_RETURN(bundle.config, spec::ParseConfigAgain(bundle.json, "config.json"));
  }
  TARE_ASSIGN_OR_RETURN(
      bundle.network_files,
      connect::ApplyNetworks(options.networks, absl::StrCat(runtime.root, "/", options.id), bundle.config));
  TARE_RETURN_IF_ERROR(spec::Check(bundle.config));
  TARE_ASSIGN_OR_RETURN(bundle.rootfs, FindRootfs(bundle.path, bundle.config.root.path));
  return bundle;
}

}  // namespace tare::lifecycle
