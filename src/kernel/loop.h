// An event loop for one thread, with descriptors (epoll(7)) and timers (CLOCK_BOOTTIME, which goes on while
// the machine sleeps).
//
// Everything is called from Run(), one call at a time. A registration ends when its object is destroyed. That
// may happen within a call; what was registered is then not called any more.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

class Loop {
 public:
  static StatusOr<std::unique_ptr<Loop>> Make();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Owns the registration, not the descriptor. It must be destroyed before the descriptor is closed, and
  // before the Loop.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
    Registration& operator=(Registration&& other) noexcept {
      std::swap(end_, other.end_);
      return *this;
    }
    ~Registration() { End(); }
    void End() {
      if (auto end = std::exchange(end_, nullptr)) end();
    }
    explicit operator bool() const { return end_ != nullptr; }

   private:
    friend class Loop;
    explicit Registration(std::function<void()> end) : end_(std::move(end)) {}
    std::function<void()> end_;
  };

  // Calls `on_events` with the EPOLL* that are true of `fd`, repeatedly as long as they are (level-triggered,
  // unless `events` has EPOLLET). To watch a descriptor twice, duplicate it.
  using OnEvents = std::function<void(uint32_t events)>;
  StatusOr<Registration> Watch(int fd, uint32_t events, OnEvents on_events);

  // Calls `then` once.
  Registration After(absl::Duration delay, std::function<void()> then);
  // Calls `then` once, before the Loop waits again: for what must not happen within the current call.
  void Soon(std::function<void()> then) { soon_.push_back(std::move(then)); }

  // Runs until Stop(), and may then be called again. An error means that epoll(7) itself failed.
  Status Run();
  void Stop() { stopped_ = true; }

  int descriptor() const { return epoll_.get(); }

 private:
  struct Timer {
    uint64_t id = 0;
    std::function<void()> then;
  };

  explicit Loop(Fd epoll) : epoll_(std::move(epoll)) {}
  void CallSoon();
  void CallDue();
  Status Wait();
  void ForgetTimer(uint64_t id);

  Fd epoll_;
  Fd timer_;  // for the first of timers_
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, std::shared_ptr<OnEvents>> watched_;
  std::multimap<absl::Duration, Timer> timers_;  // by the moment on CLOCK_BOOTTIME
  std::vector<std::function<void()>> soon_;
  bool stopped_ = false;
};

}  // namespace tare::kernel
