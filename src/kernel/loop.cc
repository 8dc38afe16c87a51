#include "kernel/loop.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

namespace tare::kernel {
namespace {

absl::Duration Now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

Status Arm(int timer, absl::Duration moment) {
  // A value of zero would disarm the timer.
  const itimerspec when{.it_interval = {},
                        .it_value = absl::ToTimespec(std::max(moment, absl::Nanoseconds(1)))};
  if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr) != 0)
    return ErrnoError(errno, "timerfd_settime");
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<Loop>> Loop::Make() {
  Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return ErrnoError(errno, "epoll_create1");
  return std::unique_ptr<Loop>(new Loop(std::move(epoll)));
}

StatusOr<Loop::Registration> Loop::Watch(int fd, uint32_t events, OnEvents on_events) {
  const uint64_t id = ++last_id_;
  epoll_event event{.events = events, .data = {.u64 = id}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return ErrnoError(errno, absl::StrCat("epoll_ctl(", fd, ")"));
  watched_[id] = std::make_shared<OnEvents>(std::move(on_events));
  return Registration([this, id, fd] {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    watched_.erase(id);
  });
}

Loop::Registration Loop::After(absl::Duration delay, std::function<void()> then) {
  const uint64_t id = ++last_id_;
  timers_.emplace(Now() + delay, Timer{id, std::move(then)});
  return Registration([this, id] { ForgetTimer(id); });
}

void Loop::ForgetTimer(uint64_t id) {
  std::erase_if(timers_, [id](const auto& timer) { return timer.second.id == id; });
}

Status Loop::Run() {
  while (!stopped_) {
    CallSoon();
    CallDue();
    if (stopped_ || !soon_.empty()) continue;
    TARE_RETURN_IF_ERROR(Wait());
  }
  stopped_ = false;
  return absl::OkStatus();
}

void Loop::CallSoon() {
  for (const auto& then : std::exchange(soon_, {})) then();
}

void Loop::CallDue() {
  while (!stopped_ && !timers_.empty() && timers_.begin()->first <= Now()) {
    const std::function<void()> then = std::move(timers_.begin()->second.then);
    timers_.erase(timers_.begin());
    then();
  }
}

Status Loop::Wait() {
  if (!timers_.empty() && !timer_) {
    timer_ = Fd(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer_) return ErrnoError(errno, "timerfd_create");
    epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0)
      return ErrnoError(errno, "epoll_ctl(timer)");
  }
  if (timer_)
    TARE_RETURN_IF_ERROR(
        Arm(timer_.get(), timers_.empty() ? absl::Hours(24 * 365 * 100) : timers_.begin()->first));
  std::array<epoll_event, 32> events;
  const int count = epoll_wait(epoll_.get(), events.data(), events.size(), -1);
  if (count < 0) return errno == EINTR ? absl::OkStatus() : ErrnoError(errno, "epoll_wait");
  for (int i = 0; i < count && !stopped_; ++i) {
    const uint64_t number = events[static_cast<size_t>(i)].data.u64;  // a copy: the structure is packed
    const auto found = watched_.find(number);
    if (found == watched_.end()) continue;  // ended by an earlier call, or it is the timer
    const std::shared_ptr<OnEvents> held = found->second;
    (*held)(events[static_cast<size_t>(i)].events);
  }
  return absl::OkStatus();
}

}  // namespace tare::kernel
