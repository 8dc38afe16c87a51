#include "cli/criu_flags.h"

#include <unistd.h>

#include <climits>
#include <optional>

#include "checkpoint/option_values.h"

namespace tare::cli {
namespace {

using messages::CriuNetworkLock;

StatusOr<std::optional<CriuNetworkLock>> NetworkLockOf(const std::string& word) {
  if (word.empty()) return std::nullopt;
  if (word == "iptables") return CriuNetworkLock::kIptables;
  if (word == "nftables") return CriuNetworkLock::kNftables;
  if (word == "skip") return CriuNetworkLock::kSkip;
  return InvalidError("invalid network-lock value \"", word, "\" (iptables, nftables or skip)");
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
  TARE_ASSIGN_OR_RETURN(options.manage_cgroups_mode,
                        checkpoint::CgroupModeOf(arguments.String("manage-cgroups-mode")));
  TARE_ASSIGN_OR_RETURN(options.network_lock, NetworkLockOf(arguments.String("network-lock")));
  TARE_ASSIGN_OR_RETURN(options.empty_ns, checkpoint::EmptyNamespacesOf(arguments.Strings("empty-ns")));
  return options;
}

}  // namespace tare::cli
