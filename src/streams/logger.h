// A logging program: containerd's request names it as binary://PATH?KEY=VALUE... (containerd's
// core/runtime/v2/README.md, "Logging"). It reads the container's standard output from descriptor 3 and
// standard error from descriptor 4, and closes descriptor 5 when it is ready.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "kernel/process.h"

namespace tare::streams {

struct LoggerCommand {
  std::string path;
  std::vector<std::string> args;  // KEY, VALUE, KEY, VALUE..., sorted by key
};

// "binary://..." and "binary-v2://...", percent-decoded. The path is absolute.
StatusOr<LoggerCommand> ParseLoggerUri(const std::string& uri);

class Logger {
 public:
  struct Owner {
    std::string containerd_namespace, id;
  };
  // Starts the program. `ready` is called once: when the program is ready, when it has exited, or after 10 s.
  static StatusOr<std::unique_ptr<Logger>> Start(kernel::Loop& loop, const LoggerCommand& command,
                                                 const Owner& owner, std::function<void(Status)> ready);
  // Kills the program if it is still running.
  ~Logger() = default;
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  kernel::Fd TakeOut() { return std::move(out_); }
  kernel::Fd TakeErr() { return std::move(err_); }

  bool ended() const { return !child_; }
  // Calls `then` when the program has exited, which it does when no writer is left.
  void WhenEnded(std::function<void()> then) { when_ended_ = std::move(then); }
  pid_t pid() const { return child_ ? child_->get().pid : 0; }

 private:
  explicit Logger(kernel::Loop& loop) : loop_(loop) {}
  Status Spawn(const LoggerCommand& command, const Owner& owner);
  void ReportReady(Status status);
  void OnEnd();

  kernel::Loop& loop_;
  kernel::Fd out_, err_, ready_;
  std::optional<kernel::ChildGuard> child_;
  std::function<void(Status)> on_ready_;
  std::function<void()> when_ended_;
  kernel::Loop::Registration until_ready_, until_end_, deadline_;
};

}  // namespace tare::streams
