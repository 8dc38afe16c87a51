#include "cli/criu_flags.h"

#include <sched.h>
#include <unistd.h>

#include <climits>
#include <optional>

namespace tare::cli {
namespace {

using messages::CriuCgroupMode;
using messages::CriuNetworkLock;

StatusOr<std::optional<CriuCgroupMode>> CgroupModeOf(const std::string& word) {
  if (word.empty()) return std::nullopt;
  if (word == "soft") return CriuCgroupMode::kSoft;
  if (word == "full") return CriuCgroupMode::kFull;
  if (word == "strict") return CriuCgroupMode::kStrict;
  if (word == "ignore") return CriuCgroupMode::kIgnore;
  return InvalidError("invalid manage-cgroups-mode value \"", word, "\" (soft, full, strict or ignore)");
}

StatusOr<std::optional<CriuNetworkLock>> NetworkLockOf(const std::string& word) {
  if (word.empty()) return std::nullopt;
  if (word == "iptables") return CriuNetworkLock::kIptables;
  if (word == "nftables") return CriuNetworkLock::kNftables;
  if (word == "skip") return CriuNetworkLock::kSkip;
  return InvalidError("invalid network-lock value \"", word, "\" (iptables, nftables or skip)");
}

// The contents of network namespaces are never saved: interfaces belong to whoever has made them, an engine
// or a hook, and are set up anew.
StatusOr<uint32_t> EmptyNamespacesOf(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (name != "network") return InvalidError("namespace \"", name, "\" is not supported");
  return CLONE_NEWNET;
}

// CRIU is given directories as descriptors, but its log's path is shown in errors.
std::string Absolute(const std::string& path) {
  char directory[PATH_MAX];
  if (path.empty() || path[0] == '/' || getcwd(directory, sizeof directory) == nullptr) return path;
  return absl::StrCat(directory, "/", path);
}

}  // namespace

StatusOr<checkpoint::CriuOptions> CriuOptionsOf(const Arguments& arguments) {
  const std::string image_path = arguments.String("image-path");
  checkpoint::CriuOptions options{.image_path = Absolute(image_path.empty() ? "checkpoint" : image_path),
                                  .work_path = Absolute(arguments.String("work-path")),
                                  .tcp_established = arguments.Bool("tcp-established"),
                                  .ext_unix_sk = arguments.Bool("ext-unix-sk"),
                                  .shell_job = arguments.Bool("shell-job"),
                                  .file_locks = arguments.Bool("file-locks"),
                                  .auto_dedup = arguments.Bool("auto-dedup"),
                                  .lazy_pages = arguments.Bool("lazy-pages")};
  TARE_ASSIGN_OR_RETURN(options.manage_cgroups_mode, CgroupModeOf(arguments.String("manage-cgroups-mode")));
  TARE_ASSIGN_OR_RETURN(options.network_lock, NetworkLockOf(arguments.String("network-lock")));
  TARE_ASSIGN_OR_RETURN(options.empty_ns, EmptyNamespacesOf(arguments.Strings("empty-ns")));
  return options;
}

}  // namespace tare::cli
