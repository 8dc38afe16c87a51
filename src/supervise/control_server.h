// The control socket of a supervisor and its clients: they wait, are attached, or send a request.
//
// The number of clients and of descriptors (RLIMIT_NOFILE) is limited. Some of both are reserved for
// requests, and some descriptors for creating containers. If the limit is reached, a client that wants to
// wait or to attach gets kFull. If no connection can be accepted at all, it stays in the listener's backlog
// until a client has gone.
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
#include "session/cri.h"
#include "session/protocol.h"

namespace tare::supervise {

class ControlServer {
 public:
  // Carries out requests.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnStopRestarting(std::function<void()> done) = 0;
    virtual void OnDump(bool begins) = 0;
    virtual void OnAwaitContainer(std::function<void()> done) = 0;
    virtual void OnProgramStarts() = 0;
    virtual bool HasTerminal() const = 0;
    virtual void OnInput(absl::string_view bytes) = 0;
    virtual void OnEndInput() = 0;
    virtual void OnSize(uint16_t rows, uint16_t columns) = 0;
    virtual void OnCaughtUp() = 0;  // busy() has become false
  };

  static StatusOr<std::unique_ptr<ControlServer>> Open(kernel::Loop& loop, kernel::Fd listener,
                                                       Handler& handler);

  // Sends output to all attached clients. A client that does not read it makes the server busy(), and is
  // disconnected after ten seconds, or at once: see SetPatience().
  void Show(session::Stream stream, absl::string_view bytes);
  enum class Patience { kSome, kNone };
  void SetPatience(Patience patience);
  // A client has not read the last packet yet, so Show() must not be called.
  bool busy() const;

  // Clients are not read while the container does not read its input.
  void HoldInput(bool hold);

  // Sends the exit to all clients that wait or are attached, and later to those that ask for it. Not while
  // busy(); the server may be busy() afterwards. No more connections are accepted.
  void SendExit(absl::string_view exit_json);

 private:
  enum class Role { kNone, kRequesting, kWaiting, kAttached };
  struct Client {
    uint64_t number = 0;
    kernel::Fd socket;
    kernel::Loop::Registration watch;
    Role role = Role::kNone;
    bool behind = false;
    kernel::Loop::Registration until_request;  // of a client without a role
  };

  ControlServer(kernel::Loop& loop, kernel::Fd listener, Handler& handler);
  Status Listen();
  void OnConnection();
  bool HasRoom() const;
  bool MayWatch(const Client& client) const;
  void PauseListening();
  void AwaitRequest(Client& client);
  void OnEvents(uint64_t number, uint32_t events);
  void Serve(Client& client);
  void Answer(Client& client, absl::string_view packet);
  std::function<void()> BeginRequest(Client& client);
  void Keep(Client& client, Role role);
  void Await(Client& client);
  Client* Find(uint64_t number);
  void Disconnect(uint64_t number);
  void DisconnectThoseBehind();
  void ShowPacket(std::string packet, bool (*to)(Role));
  void StartTimeout();
  void SendReply(uint64_t number, session::Reply reply, absl::string_view payload);
  void CatchUp();

  kernel::Loop& loop_;
  kernel::Fd listener_;
  Handler& handler_;
  kernel::Loop::Registration arrivals_;
  kernel::Loop::Registration until_room_;
  std::list<Client> clients_;
  uint64_t last_number_ = 0;
  std::string shown_;       // the last packet to all of them
  bool exit_sent_ = false;  // shown_ is the exit
  bool holds_input_ = false;
  absl::Duration patience_;
  kernel::Loop::Registration until_disconnect_;
};

}  // namespace tare::supervise
