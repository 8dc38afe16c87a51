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
  messages::CriuOptions request{.images_dir_fd = images.directory(),
                                .ext_unix_sk = options.ext_unix_sk,
                                .tcp_established = options.tcp_established,
                                .shell_job = options.shell_job,
                                .file_locks = options.file_locks,
                                .log_level = kLogLevel,
                                .log_file = images.log(),
                                .notify_scripts = true,
                                .auto_dedup = options.auto_dedup,
                                .manage_cgroups = true,
                                .cgroup_mode = options.manage_cgroups_mode,
                                .empty_ns = options.empty_ns,
                                .lazy_pages = options.lazy_pages,
                                .orphan_pts_master = true,
                                .config_file = ConfigurationOf(annotations),
                                .tcp_close = options.tcp_close,
                                .network_lock = options.network_lock};
  if (images.has_work()) request.work_dir_fd = images.work();
  return request;
}

}  // namespace tare::checkpoint
