// The control socket, and those who came by it: they wait, are attached, or ask for something.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "supervise/cri.h"
#include "supervise/protocol.h"

namespace tare::supervise {

class Reception {
 public:
  // Who decides.
  class Host {
   public:
    virtual ~Host() = default;
    virtual void OnRetire(std::function<void()> done) = 0;
    virtual void OnSettle(std::function<void()> done) = 0;
    virtual void OnStarting() = 0;
    virtual bool HasTerminal() const = 0;
    virtual void OnInput(absl::string_view bytes) = 0;
    virtual void OnEndInput() = 0;
    virtual void OnSize(uint16_t rows, uint16_t columns) = 0;
    virtual void OnCaughtUp() = 0;  // busy() no longer
  };

  static StatusOr<std::unique_ptr<Reception>> Open(kernel::Loop& loop, kernel::Fd listener, Host& host);

  // To all that are attached. Who does not take it makes us busy(), and is sent away after some seconds.
  void Show(Stream stream, absl::string_view bytes);
  // Nothing more may be shown: somebody has yet to take the last.
  bool busy() const;

  // While the container has no room for input, none is taken.
  void HoldInput(bool hold);

  void TellExit(absl::string_view exit_json);

 private:
  enum class Role { kNew, kWaiting, kAttached };
  struct Visitor {
    uint64_t number = 0;
    kernel::Fd socket;
    kernel::Loop::Registration watch;
    Role role = Role::kNew;
    bool behind = false;
  };

  Reception(kernel::Loop& loop, kernel::Fd listener, Host& host)
      : loop_(loop), listener_(std::move(listener)), host_(host) {}
  void OnConnection();
  void OnEvents(uint64_t number, uint32_t events);
  void Serve(Visitor& visitor);
  void Answer(Visitor& visitor, absl::string_view packet);
  void Attach(Visitor& visitor);
  void Await(Visitor& visitor);
  Visitor* Find(uint64_t number);
  void Dismiss(uint64_t number);
  void DismissThoseBehind();
  void Tell(uint64_t number, Reply reply, absl::string_view payload);
  void CatchUp();

  kernel::Loop& loop_;
  kernel::Fd listener_;
  Host& host_;
  kernel::Loop::Registration arrivals_;
  std::list<Visitor> visitors_;
  uint64_t last_number_ = 0;
  std::string shown_;  // the last packet of output
  bool holds_input_ = false;
  kernel::Loop::Registration patience_;
};

}  // namespace tare::supervise
