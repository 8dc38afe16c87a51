#include "bundle/image.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "kernel/arguments.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/signals.h"

namespace tare::bundle {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecuted = 126;
constexpr std::array kEndingSignals = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

// Receives the signals that would end this process, until it is destroyed.
class EndingSignals {
 public:
  static StatusOr<EndingSignals> Hold() {
    EndingSignals held;
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : kEndingSignals) sigaddset(&set, signal);
    if (sigprocmask(SIG_BLOCK, &set, &held.before_) != 0) return ErrnoError(errno, "sigprocmask");
    held.fd_ = kernel::Fd(signalfd(-1, &set, SFD_CLOEXEC));
    if (!held.fd_) return ErrnoError(errno, "signalfd");
    return held;
  }
  EndingSignals(EndingSignals&&) = default;
  EndingSignals& operator=(EndingSignals&&) = delete;
  ~EndingSignals() {
    if (fd_) sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  int fd() const { return fd_.get(); }

  int Take() const {
    signalfd_siginfo info{};
    return read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  EndingSignals() = default;

  kernel::Fd fd_;
  sigset_t before_{};
};

int Execute(const std::vector<std::string>& words, int output) {
  if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) return kNotExecuted;
  kernel::ResetSignals();
  execvp(words[0].c_str(), kernel::Pointers(words).data());
  return errno == ENOENT ? kNotFound : kNotExecuted;
}

// Returns a wait status. The first signal is passed on, and a second one kills.
StatusOr<int> AwaitOrEnd(const kernel::Child& child, const EndingSignals& signals) {
  bool ending = false;
  while (true) {
    std::array<pollfd, 2> ready = {pollfd{child.pidfd.get(), POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return ErrnoError(errno, "poll");
    if (ready[0].revents != 0) return kernel::Wait(child);
    if ((ready[1].revents & POLLIN) == 0) continue;
    (void)kernel::PidfdSendSignal(child.pidfd.get(), ending ? SIGKILL : signals.Take());
    ending = true;
  }
}

Status ErrorOf(int code, absl::string_view output) {
  if (code == 0) return absl::OkStatus();
  if (code == kNotFound)
    return absl::NotFoundError(
        "exec: \"umoci\": executable file not found in $PATH (unpacking an image needs the package umoci)");
  const absl::string_view text = absl::StripAsciiWhitespace(output);
  return absl::AbortedError(
      absl::StrCat("umoci unpack: ", text.empty() ? absl::StrCat("exit status ", code) : std::string(text)));
}

}  // namespace

Status Unpack(const ImageSource& image, const std::string& bundle, Privileges privileges) {
  std::vector<std::string> words = {"umoci", "unpack", "--image", absl::StrCat(image.layout, ":", image.tag)};
  if (privileges == Privileges::kRootless) words.emplace_back("--rootless");
  words.push_back(bundle);
  // A file, because a pipe could become full: it is read after umoci has exited.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd output, kernel::MemoryFile("umoci", ""));
  TARE_ASSIGN_OR_RETURN(const EndingSignals signals, EndingSignals::Hold());
  TARE_ASSIGN_OR_RETURN(const kernel::Child child,
                        kernel::Spawn({}, [&] { return Execute(words, output.get()); }));
  TARE_ASSIGN_OR_RETURN(const int status, AwaitOrEnd(child, signals));
  lseek(output.get(), 0, SEEK_SET);
  return ErrorOf(kernel::ExitCode(status), kernel::ReadAll(output.get(), "umoci's output").value_or(""));
}

}  // namespace tare::bundle
