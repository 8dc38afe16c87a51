#include "lifecycle/notify_relay.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "kernel/descriptors.h"
#include "kernel/loop.h"
#include "kernel/socket.h"
#include "kernel/wait.h"

namespace tare::lifecycle {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr size_t kMaxMessage = 4096;  // what is longer is cut off
constexpr int kAtOnce = 1024;         // messages: more than a queue holds (net.unix.max_dgram_qlen)

Status Watch(int epoll, int fd, uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) return ErrnoError(errno, "epoll_ctl");
  return absl::OkStatus();
}

// Closing is not enough: a worker may have a copy of the descriptor, which would still be watched.
void Drop(int epoll, kernel::Fd& fd) {
  if (fd) epoll_ctl(epoll, EPOLL_CTL_DEL, fd.get(), nullptr);
  fd.Close();
}

StatusOr<kernel::Fd> ConnectTo(const std::string& callers) {
  if (callers.front() == '@') return kernel::ConnectAbstract(callers.substr(1), SOCK_DGRAM);
  return kernel::ConnectUnix(callers, SOCK_DGRAM);
}

}  // namespace

Status SendReady(const std::string& callers) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd caller, ConnectTo(callers), "NOTIFY_SOCKET");
  return Annotate(kernel::Send(caller.get(), "READY=1"), "NOTIFY_SOCKET");
}

bool SaysReady(absl::string_view message) {
  const std::vector<absl::string_view> lines = absl::StrSplit(message, '\n');
  return std::find(lines.begin(), lines.end(), "READY=1") != lines.end();
}

StatusOr<NotifyRelay> NotifyRelay::Make(kernel::Fd socket, pid_t main_pid) {
  kernel::Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return ErrnoError(errno, "epoll_create1");
  TARE_RETURN_IF_ERROR(Watch(epoll.get(), socket.get(), EPOLLIN));
  return NotifyRelay(std::move(epoll), std::move(socket), main_pid);
}

Status NotifyRelay::Connect(const std::string& callers) {
  StatusOr<kernel::Fd> caller = ConnectTo(callers);
  Status connected = caller.ok() ? kernel::SetNonBlocking(caller->get()) : caller.status();
  if (!connected.ok()) {
    Settle();
    return Annotate(std::move(connected), "NOTIFY_SOCKET");
  }
  caller_ = *std::move(caller);
  return absl::OkStatus();
}

void NotifyRelay::Step() {
  if (Hear() && stage_ == Stage::kListening) Begin();
  if (stage_ == Stage::kTelling) Tell();
  if (stage_ == Stage::kAwaitingBarrier) LookAtBarrier();
}

// There is no room for descriptors in these messages, so the kernel closes what the container sends.
bool NotifyRelay::Hear() {
  bool ready = false;
  for (int i = 0; i < kAtOnce; ++i) {
    std::array<char, kMaxMessage> buffer;
    const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) break;
    ready = ready || SaysReady(absl::string_view(buffer.data(), static_cast<size_t>(size)));
  }
  return ready;
}

void NotifyRelay::Begin() {
  int ends[2] = {-1, -1};
  // If this fails, the caller is notified all the same.
  if (pipe2(ends, O_CLOEXEC) == 0) {
    barrier_ = kernel::Fd(ends[0]);
    callers_end_ = kernel::Fd(ends[1]);
  }
  stage_ = Stage::kTelling;
  // Its queue may be full.
  if (!Watch(epoll_.get(), caller_.get(), EPOLLOUT).ok()) Settle();
}

Status NotifyRelay::SendNext() {
  switch (sent_) {
    case 0:
      return kernel::Send(caller_.get(), "READY=1\n");
    case 1:
      return kernel::Send(caller_.get(), absl::StrCat("MAINPID=", main_pid_, "\n"));
    default:
      return callers_end_ ? kernel::Send(caller_.get(), "BARRIER=1", {callers_end_.get()}) : absl::OkStatus();
  }
}

void NotifyRelay::Tell() {
  for (; sent_ < 3; ++sent_) {
    const Status status = SendNext();
    if (ErrnoOf(status) == EAGAIN) return;
    if (status.ok()) continue;
    log::Warning("NOTIFY_SOCKET: ", status.message());
    return Settle();
  }
  Drop(epoll_.get(), caller_);
  callers_end_.Close();
  stage_ = Stage::kAwaitingBarrier;
  if (!barrier_ || !Watch(epoll_.get(), barrier_.get(), EPOLLIN).ok()) Settle();
}

void NotifyRelay::LookAtBarrier() {
  const StatusOr<bool> closed =
      kernel::WaitReadable(barrier_.get(), kernel::Deadline::After(absl::ZeroDuration()));
  if (closed.ok() && *closed) Settle();
}

void NotifyRelay::Settle() {
  stage_ = Stage::kSettled;
  Drop(epoll_.get(), caller_);
  Drop(epoll_.get(), barrier_);
  callers_end_.Close();
}

Status AwaitReady(NotifyRelay& relay, int pidfd) {
  if (relay.settled()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<kernel::Loop> loop, kernel::Loop::Make());
  kernel::Loop::Registration patience;
  const auto step = [&relay, &patience, &loop] {
    relay.Step();
    if (relay.settled()) return loop->Stop();
    if (relay.listening() || patience) return;
    patience = loop->After(kPatience, [&loop] {
      log::Warning("NOTIFY_SOCKET: nobody reads the messages sent to it");
      loop->Stop();
    });
  };
  TARE_ASSIGN_OR_RETURN(const kernel::Loop::Registration messages,
                        loop->Watch(relay.fd(), EPOLLIN, [&step](uint32_t) { step(); }));
  kernel::Loop::Registration until_end;
  const auto on_end = [&](uint32_t) {
    until_end.End();
    step();  // its last messages
    if (relay.listening()) loop->Stop();
  };
  TARE_ASSIGN_OR_RETURN(until_end, loop->Watch(pidfd, EPOLLIN, on_end));
  return loop->Run();
}

}  // namespace tare::lifecycle
