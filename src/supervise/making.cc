#include "supervise/making.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "container/store.h"
#include "lifecycle/commands/removal.h"
#include "lifecycle/commands/start.h"
#include "lifecycle/create/create.h"

namespace tare::supervise {
namespace {

constexpr char kPidfd[] = "pidfd";
constexpr char kMaster[] = "master";
constexpr char kNotify[] = "notify";

Status TakeStreams(const Stdio& stdio) {
  int number = STDIN_FILENO;
  for (const kernel::Fd& end : stdio.container_ends())
    if (dup2(end.get(), number++) < 0) return ErrnoError(errno, "dup2(standard stream)");
  return absl::OkStatus();
}

// "PID", and the name of each descriptor that comes along.
kernel::Message Pack(lifecycle::ChildProcess made) {
  kernel::Message message{.bytes = absl::StrCat(made.process.pid)};
  const auto add = [&message](const char* name, kernel::Fd& fd) {
    if (!fd) return;
    absl::StrAppend(&message.bytes, " ", name);
    message.fds.push_back(std::move(fd));
  };
  add(kPidfd, made.process.pidfd);
  add(kMaster, made.master);
  add(kNotify, made.notify);
  return message;
}

StatusOr<kernel::Message> Make(const lifecycle::Runtime& runtime, const lifecycle::CreateOptions& create,
                               Until until) {
  TARE_ASSIGN_OR_RETURN(lifecycle::ChildProcess made, lifecycle::CreateInWorker(runtime, create));
  if (until == Until::kRunning) {
    if (Status started = lifecycle::Start(runtime, create.id, lifecycle::TellReady::kNo); !started.ok()) {
      (void)lifecycle::Destroy(runtime, create.id);
      return started;
    }
  }
  return Pack(std::move(made));
}

}  // namespace

StatusOr<lifecycle::ChildProcess> Unpack(kernel::Message message) {
  lifecycle::ChildProcess made;
  const std::vector<absl::string_view> words = absl::StrSplit(message.bytes, ' ');
  if (words.size() != message.fds.size() + 1 || !absl::SimpleAtoi(words[0], &made.process.pid))
    return absl::InternalError("malformed result from the worker");
  for (size_t i = 0; i < message.fds.size(); ++i) {
    if (words[i + 1] == kPidfd) made.process.pidfd = std::move(message.fds[i]);
    if (words[i + 1] == kMaster) made.master = std::move(message.fds[i]);
    if (words[i + 1] == kNotify) made.notify = std::move(message.fds[i]);
  }
  return made;
}

StatusOr<kernel::Message> MakeContainer(const lifecycle::Runtime& runtime, const Options& options,
                                        const Stdio& stdio) {
  TARE_RETURN_IF_ERROR(TakeStreams(stdio));
  return Make(runtime, options.create, options.until);
}

StatusOr<kernel::Message> MakeContainerAgain(const lifecycle::Runtime& runtime, const Options& options,
                                             const Stdio& stdio) {
  TARE_RETURN_IF_ERROR(TakeStreams(stdio));
  lifecycle::CreateOptions create = options.create;
  {
    TARE_ASSIGN_OR_RETURN(const container::Directory directory,
                          container::Directory::Open(runtime.root, create.id));
    TARE_ASSIGN_OR_RETURN(create.config, directory.ReadConfig());
  }
  TARE_RETURN_IF_ERROR(lifecycle::Destroy(runtime, create.id));
  return Make(runtime, create, Until::kRunning);
}

}  // namespace tare::supervise
