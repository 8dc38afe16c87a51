#include "streams/logger.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/arguments.h"
#include "kernel/signals.h"

namespace tare::streams {
namespace {

using kernel::Fd;

constexpr absl::Duration kReadyAtMost = absl::Seconds(10);
constexpr int kFirst = 3;  // the first of the program's three descriptors

struct Pipe {
  Fd read, write;
};
StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe2");
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decoding (RFC 3986). In a query, "+" is a space, too.
StatusOr<std::string> Decode(absl::string_view text, bool query) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (query && text[at] == '+') {
      decoded += ' ';
    } else if (text[at] != '%') {
      decoded += text[at];
    } else {
      const int high = at + 2 < text.size() ? HexDigit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? HexDigit(text[at + 2]) : -1;
      if (high < 0 || low < 0) return InvalidError("invalid URL escape in \"", text, "\"");
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return decoded;
}

// In the child: moves the descriptors to 3, 4 and 5. They may already have these numbers, so they are moved
// to higher ones first.
int Execute(std::vector<char*> words, std::vector<char*> environment, int out, int err, int ready) {
  int moved[3] = {fcntl(out, F_DUPFD, 16), fcntl(err, F_DUPFD, 16), fcntl(ready, F_DUPFD, 16)};
  for (int i = 0; i < 3; ++i) {
    if (moved[i] < 0 || dup2(moved[i], kFirst + i) < 0) return 127;
  }
  if (!kernel::CloseOnExecFrom(kFirst + 3).ok()) return 127;
  kernel::ResetSignals();
  execve(words[0], words.data(), environment.data());
  return 127;
}

}  // namespace

StatusOr<LoggerCommand> ParseLoggerUri(const std::string& uri) {
  absl::string_view rest = uri;
  if (!absl::ConsumePrefix(&rest, "binary://") && !absl::ConsumePrefix(&rest, "binary-v2://"))
    return InvalidError("\"", uri, "\" is not a binary:// URI");
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(rest, absl::MaxSplits('?', 1));
  LoggerCommand command;
  TARE_ASSIGN_OR_RETURN(command.path, Decode(parts.first, /*query=*/false));
  if (!absl::StartsWith(command.path, "/"))
    return InvalidError("\"", uri, "\": the path of a logging program must be absolute");
  std::map<std::string, std::string> query;
  for (absl::string_view pair : absl::StrSplit(parts.second, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> key_value =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    TARE_ASSIGN_OR_RETURN(std::string key, Decode(key_value.first, /*query=*/true));
    TARE_ASSIGN_OR_RETURN(std::string value, Decode(key_value.second, /*query=*/true));
    query.emplace(std::move(key), std::move(value));  // the first of several values
  }
  for (const auto& [key, value] : query) {
    command.args.push_back(key);
    if (!value.empty()) command.args.push_back(value);
  }
  return command;
}

StatusOr<std::unique_ptr<Logger>> Logger::Start(kernel::Loop& loop, const LoggerCommand& command,
                                                const Owner& owner, std::function<void(Status)> ready) {
  std::unique_ptr<Logger> logger(new Logger(loop));
  TARE_RETURN_IF_ERROR(logger->Spawn(command, owner), "logging program ", command.path);
  Logger* const raw = logger.get();
  TARE_ASSIGN_OR_RETURN(logger->until_ready_, loop.Watch(raw->ready_.get(), EPOLLIN, [raw](uint32_t) {
    raw->ReportReady(absl::OkStatus());
  }));
  TARE_ASSIGN_OR_RETURN(logger->until_end_, loop.Watch(raw->child_->get().pidfd.get(), EPOLLIN,
                                                       [raw](uint32_t) { raw->OnEnd(); }));
  logger->deadline_ = loop.After(kReadyAtMost, [raw, path = command.path] {
    raw->ReportReady(absl::DeadlineExceededError(
        absl::StrCat("logging program ", path, " was not ready (did not close descriptor 5) in time")));
  });
  logger->on_ready_ = std::move(ready);
  return logger;
}

Status Logger::Spawn(const LoggerCommand& command, const Owner& owner) {
  TARE_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  TARE_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  TARE_ASSIGN_OR_RETURN(Pipe ready, MakePipe());
  std::vector<std::string> words = command.args;
  words.insert(words.begin(), command.path);
  std::vector<std::string> environment = {absl::StrCat("CONTAINER_ID=", owner.id),
                                          absl::StrCat("CONTAINER_NAMESPACE=", owner.containerd_namespace)};
  if (const char* path = getenv("PATH")) environment.push_back(absl::StrCat("PATH=", path));
  if (access(command.path.c_str(), X_OK) != 0) return ErrnoError(errno, "exec");
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({}, [&] {
                          return Execute(kernel::Pointers(words), kernel::Pointers(environment),
                                         out.read.get(), err.read.get(), ready.write.get());
                        }));
  child_.emplace(std::move(child));
  out_ = std::move(out.write);
  err_ = std::move(err.write);
  ready_ = std::move(ready.read);
  return absl::OkStatus();
}

void Logger::ReportReady(Status status) {
  until_ready_.End();
  deadline_.End();
  ready_.Close();
  if (const auto on_ready = std::exchange(on_ready_, nullptr)) on_ready(std::move(status));
}

void Logger::OnEnd() {
  until_end_.End();
  (void)kernel::Wait(child_->Disarm());
  child_.reset();
  if (on_ready_) return ReportReady(absl::UnavailableError("the logging program exited before it was ready"));
  if (const auto then = std::exchange(when_ended_, nullptr)) then();
}

}  // namespace tare::streams
