#include "sandbox/bundle.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "json/reader.h"
#include "kernel/file.h"
#include "messages/cri.h"
#include "sandbox/config.h"
#include "sandbox/pause_executable.h"

namespace tare::sandbox {
namespace {

using kernel::Fd;

constexpr char kOptionsFile[] = "sandbox-options";
constexpr char kConfigFile[] = "config.json";
constexpr size_t kMostConfig = 16 << 20;

std::string RootOf(const std::string& bundle) {
  return absl::StrCat(bundle, "/rootfs");
}

Status Replace(const std::string& bundle, const char* name, absl::string_view contents) {
  TARE_ASSIGN_OR_RETURN(const Fd directory, kernel::Open(bundle, O_PATH | O_DIRECTORY));
  return Annotate(kernel::ReplaceFile(directory.get(), name, contents, 0600), bundle);
}

StatusOr<messages::PodSandboxConfig> PodIn(const messages::Any& options) {
  if (options.empty()) return messages::PodSandboxConfig{};
  return messages::Unpack<messages::PodSandboxConfig>(options);
}

int OwnOomScore() {
  int score = 0;
  const StatusOr<std::string> text = kernel::ReadFile("/proc/self/oom_score_adj");
  return text.ok() && absl::SimpleAtoi(*text, &score) ? score : 0;
}

// A file system of its own, because the one that bundles are on may forbid executing.
Status MountRoot(const std::string& root) {
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(root, 0711));
  if (::mount("pause", root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k") != 0)
    return ErrnoError(errno, absl::StrCat("mount(", root, ")"));
  TARE_ASSIGN_OR_RETURN(const Fd directory, kernel::Open(root, O_PATH | O_DIRECTORY));
  // The root of a user namespace could not make them.
  for (const char* mount_point : {"proc", "dev"})
    if (mkdirat(directory.get(), mount_point, 0555) != 0) return ErrnoError(errno, "mkdir");
  return kernel::ReplaceFile(directory.get(), "pause", PauseExecutable(), 0555);
}

// The user namespace that owns the network namespace, unless it is ours: containerd 2.1 and later make the
// network namespace of a pod with a user namespace in that.
StatusOr<Fd> UserNamespaceOf(const std::string& netns_path) {
  if (netns_path.empty()) return Fd();
  TARE_ASSIGN_OR_RETURN(const Fd network, kernel::Open(netns_path, O_RDONLY));
  Fd owner(ioctl(network.get(), NS_GET_USERNS));
  if (!owner) return ErrnoError(errno, absl::StrCat("ioctl(", netns_path, ", NS_GET_USERNS)"));
  TARE_ASSIGN_OR_RETURN(const Fd ours, kernel::Open("/proc/self/ns/user", O_RDONLY));
  TARE_ASSIGN_OR_RETURN(const struct stat owner_stat, kernel::Stat(owner.get()));
  TARE_ASSIGN_OR_RETURN(const struct stat our_stat, kernel::Stat(ours.get()));
  return owner_stat.st_ino == our_stat.st_ino ? Fd() : std::move(owner);
}

bool HasUserNamespace(const messages::PodSandboxConfig& config) {
  const auto& users = config.linux.security_context.namespace_options.userns_options;
  return users && users->mode == messages::NamespaceMode::kPod;
}

}  // namespace

bool DescribesContainer(const std::string& bundle) {
  const StatusOr<std::string> config = kernel::ReadFile(absl::StrCat(bundle, "/", kConfigFile), kMostConfig);
  if (!config.ok()) return false;
  bool has_program = false;
  const Status read = json::Visit(*config, kConfigFile, json::Remarks::kDrop, json::Top::kObject,
                                  [&](json::Value root) { has_program = root["process"]["args"].present(); });
  return !read.ok() || has_program;  // Create reports what is wrong with a config
}

StatusOr<Fd> Furnish(const messages::CreateSandboxRequest& request, const std::string& containerd_namespace) {
  TARE_ASSIGN_OR_RETURN(messages::PodSandboxConfig config, PodIn(request.options), "options");
  Fd users;
  if (HasUserNamespace(config)) {
    TARE_ASSIGN_OR_RETURN(users, UserNamespaceOf(request.netns_path));
  }
  const Pod pod{.id = request.sandbox_id,
                .containerd_namespace = containerd_namespace,
                .netns_path = request.netns_path,
                .userns_path = users ? absl::StrCat("/proc/", getpid(), "/fd/", users.get()) : "",
                .annotations = request.annotations,
                .config = std::move(config),
                .lowest_oom_score = OwnOomScore()};
  TARE_RETURN_IF_ERROR(Replace(request.bundle_path, kConfigFile, ConfigDocument(pod)));
  if (Status mounted = MountRoot(RootOf(request.bundle_path)); !mounted.ok()) {
    Clear(request.bundle_path);
    return mounted;
  }
  return users;
}

void Clear(const std::string& bundle) {
  umount2(RootOf(bundle).c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  unlink(absl::StrCat(bundle, "/", kConfigFile).c_str());
}

Status SaveOptions(const std::string& bundle, const messages::Any& options) {
  return options.empty() ? absl::OkStatus() : Replace(bundle, kOptionsFile, messages::Encode(options));
}

messages::Any LoadOptions(const std::string& bundle) {
  const StatusOr<std::string> bytes = kernel::ReadFile(absl::StrCat(bundle, "/", kOptionsFile), 4 << 20);
  return bytes.ok() ? messages::Decode<messages::Any>(*bytes).value_or(messages::Any{}) : messages::Any{};
}

}  // namespace tare::sandbox
