#include "checkpoint/request.h"

namespace tare::checkpoint {
namespace {

// runc's: a machine that was set up for it behaves the same. CRIU ignores a file that is missing.
constexpr char kDefaultConfiguration[] = "/etc/criu/runc.conf";

constexpr int kLogLevel = 4;  // debug

std::string ConfigurationOf(const std::map<std::string, std::string>& annotations) {
  const auto found = annotations.find("org.criu.config");
  return found == annotations.end() ? kDefaultConfiguration : found->second;
}

}  // namespace

messages::CriuOptions CommonOptions(const CriuOptions& options, const Images& images,
                                    const std::map<std::string, std::string>& annotations) {
  messages::CriuOptions request{.log_file = images.log(),
                                .config_file = ConfigurationOf(annotations),
                                .images_dir_fd = images.directory(),
                                .log_level = kLogLevel,
                                .empty_ns = options.empty_ns,
                                .cgroup_mode = options.manage_cgroups_mode,
                                .network_lock = options.network_lock,
                                .notify_scripts = true,
                                .manage_cgroups = true,
                                .orphan_pts_master = true,
                                .tcp_established = options.tcp_established,
                                .tcp_close = options.tcp_close,
                                .ext_unix_sk = options.ext_unix_sk,
                                .shell_job = options.shell_job,
                                .file_locks = options.file_locks,
                                .auto_dedup = options.auto_dedup,
                                .lazy_pages = options.lazy_pages};
  if (images.has_work()) request.work_dir_fd = images.work();
  return request;
}

}  // namespace tare::checkpoint
