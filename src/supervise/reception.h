// The control socket and its clients ("visitors"): they wait, are attached, or ask for something.
//
// The number of visitors and of descriptors (RLIMIT_NOFILE) is limited. Some of both are kept free for
// those who ask, and some descriptors for creating containers. A client that wants to wait or attach when
// all places are taken gets kFull; if nobody at all can be let in, it stays in the listener's backlog until
// somebody has gone.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "supervise/cri.h"
#include "supervise/protocol.h"

namespace tare::supervise {

class Reception {
 public:
  // Decides what to do.
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

  // Sent to all that are attached. A client that does not read it makes us busy(), and is dismissed when our
  // patience ends: after ten seconds, or at once.
  void Show(Stream stream, absl::string_view bytes);
  enum class Patience { kSome, kNone };
  void Have(Patience patience);
  // Nothing more may be shown: somebody has yet to read the last packet.
  bool busy() const;

  // While the container has no room for input, none is taken.
  void HoldInput(bool hold);

  // Sent to all that wait or are attached, and from now on to those that want to. Not while busy(), which
  // this may make us. Nobody is let in any more.
  void TellExit(absl::string_view exit_json);

 private:
  enum class Role { kNone, kAsking, kWaiting, kAttached };
  struct Visitor {
    uint64_t number = 0;
    kernel::Fd socket;
    kernel::Loop::Registration watch;
    Role role = Role::kNone;
    bool behind = false;
    kernel::Loop::Registration until_role;  // of one without
  };

  Reception(kernel::Loop& loop, kernel::Fd listener, Host& host);
  Status Listen();
  void OnConnection();
  bool HasRoom() const;
  bool HasPlace(const Visitor& visitor) const;
  void LetNobodyIn();
  void BecomeNobody(Visitor& visitor);
  void OnEvents(uint64_t number, uint32_t events);
  void Serve(Visitor& visitor);
  void Answer(Visitor& visitor, absl::string_view packet);
  std::function<void()> BeginAsking(Visitor& visitor);
  void Stay(Visitor& visitor, Role role);
  void Await(Visitor& visitor);
  Visitor* Find(uint64_t number);
  void Dismiss(uint64_t number);
  void DismissThoseBehind();
  void ShowPacket(std::string packet, bool (*to)(Role));
  void BePatient();
  void Tell(uint64_t number, Reply reply, absl::string_view payload);
  void CatchUp();

  kernel::Loop& loop_;
  kernel::Fd listener_;
  Host& host_;
  kernel::Loop::Registration arrivals_;
  kernel::Loop::Registration until_room_;
  std::list<Visitor> visitors_;
  uint64_t last_number_ = 0;
  std::string shown_;  // the last packet to all
  bool over_ = false;  // which was the exit
  bool holds_input_ = false;
  absl::Duration patience_;
  kernel::Loop::Registration until_impatient_;
};

}  // namespace tare::supervise
