#include "shim/bundle.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "shim/options.h"
#include "spec/parse.h"

namespace tare::shim {
namespace {

constexpr char kRootFile[] = "tare-root";
constexpr char kAddressFile[] = "address";
constexpr char kUnixScheme[] = "unix://";

// As in containerd's own shim. Kubernetes relies on one shim for each pod.
constexpr const char* kGroupAnnotations[] = {"io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"};

Status Save(absl::string_view bundle, const char* file, absl::string_view content) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd dir, kernel::Open(std::string(bundle), O_PATH | O_DIRECTORY));
  return Annotate(kernel::ReplaceFile(dir.get(), file, content, 0600), bundle);
}

lifecycle::Runtime AtRoot(std::string root) {
  return {.root = std::move(root), .systemd_by_path = true, .rootless = geteuid() != 0};
}

}  // namespace

std::string RootfsOf(absl::string_view bundle) {
  return absl::StrCat(bundle, "/rootfs");
}

std::string InitPidFileOf(absl::string_view bundle) {
  return absl::StrCat(bundle, "/init.pid");
}

lifecycle::Runtime RuntimeOf(const messages::Options& options, absl::string_view containerd_namespace) {
  lifecycle::Runtime runtime =
      AtRoot(absl::StrCat(options.root.empty() ? kDefaultRoot : options.root, "/", containerd_namespace));
  runtime.systemd_cgroup = options.systemd_cgroup;
  return runtime;
}

Status SaveRuntime(absl::string_view bundle, const lifecycle::Runtime& runtime) {
  return Save(bundle, kRootFile, runtime.root);
}

lifecycle::Runtime LoadRuntime(absl::string_view bundle, absl::string_view containerd_namespace) {
  StatusOr<std::string> root = kernel::ReadFile(absl::StrCat(bundle, "/", kRootFile), 4096);
  return root.ok() ? AtRoot(*std::move(root)) : RuntimeOf({}, containerd_namespace);
}

Status SaveSocketPath(absl::string_view bundle, absl::string_view socket) {
  return Save(bundle, kAddressFile, absl::StrCat(kUnixScheme, socket));
}

std::string LoadSocketPath(absl::string_view bundle) {
  const StatusOr<std::string> address = kernel::ReadFile(absl::StrCat(bundle, "/", kAddressFile), 4096);
  return address.ok() ? std::string(absl::StripPrefix(*address, kUnixScheme)) : "";
}

BundleFacts LookAtBundle(absl::string_view bundle, const std::string& id) {
  const StatusOr<std::string> json = kernel::ReadFile(absl::StrCat(bundle, "/config.json"));
  if (!json.ok()) return {.group = id};
  // Create reports what is wrong with a config.
  const StatusOr<spec::Config> config = spec::ParseConfigAgain(*json, "config.json");
  if (!config.ok()) return {.group = id, .describes_container = false};
  const bool describes_container = config->process && !config->process->args.empty();
  for (const char* name : kGroupAnnotations) {
    const auto group = config->annotations.find(name);
    if (group != config->annotations.end() && !group->second.empty())
      return {.group = group->second, .describes_container = describes_container};
  }
  return {.group = id, .describes_container = describes_container};
}

}  // namespace tare::shim
