#include "connect/config.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace tare::connect {
namespace {

spec::Namespace* FindNamespace(spec::Linux& platform, spec::NamespaceType type) {
  const auto found = std::ranges::find(platform.namespaces, type, &spec::Namespace::type);
  return found == platform.namespaces.end() ? nullptr : &*found;
}

// Makes the network namespace the one at `path`; "": a new one.
void SetNetworkNamespace(spec::Linux& platform, const std::string& path) {
  if (spec::Namespace* given = FindNamespace(platform, spec::NamespaceType::kNetwork))
    given->path = path;
  else
    platform.namespaces.push_back({.type = spec::NamespaceType::kNetwork, .path = path});
}

Status NeedOwnNamespace(spec::Linux& platform) {
  const spec::Namespace* given = FindNamespace(platform, spec::NamespaceType::kNetwork);
  if (given != nullptr && !given->path.empty())
    return InvalidError("--network: config.json joins the network namespace ", given->path,
                        ", which has its networks already");
  SetNetworkNamespace(platform, "");
  return absl::OkStatus();
}

bool Mounts(const spec::Config& config, absl::string_view destination) {
  return std::ranges::any_of(config.mounts, [&](const spec::Mount& mount) {
    return absl::StripSuffix(mount.destination, "/") == destination;
  });
}

// Adds the mount of a file, the last one; false if there is one already.
bool AddFile(const std::string& directory, const char* file, spec::Config& config) {
  const std::string destination = absl::StrCat("/etc/", file);
  if (Mounts(config, destination)) return false;
  config.mounts.push_back({.destination = destination,
                           .type = "bind",
                           .source = absl::StrCat(directory, "/", file),
                           .options = {"bind", "nosuid", "nodev", "noexec"}});
  return true;
}

}  // namespace

StatusOr<Files> ApplyNetworks(const Networks& networks, const std::string& directory, spec::Config& config) {
  spec::Linux& platform = config.platform;
  switch (networks.kind) {
    case Kind::kAsConfigured:
      return Files{};
    case Kind::kHost:
      std::erase_if(platform.namespaces,
                    [](const spec::Namespace& ns) { return ns.type == spec::NamespaceType::kNetwork; });
      return Files{};
    case Kind::kPath:
      SetNetworkNamespace(platform, networks.path);
      return Files{};
    case Kind::kNone:
      TARE_RETURN_IF_ERROR(NeedOwnNamespace(platform));
      return Files{};
    case Kind::kNamed:
    case Kind::kUserMode:
      break;
  }
  TARE_RETURN_IF_ERROR(NeedOwnNamespace(platform));
  // Without a mount namespace of its own, the files would be mounted on the host's.
  if (FindNamespace(platform, spec::NamespaceType::kMount) == nullptr) return Files{};
  return Files{.hosts = AddFile(directory, kHostsFile, config),
               .resolv_conf = AddFile(directory, kResolvConfFile, config),
               .hostname = !config.hostname.empty() && AddFile(directory, kHostnameFile, config)};
}

}  // namespace tare::connect
