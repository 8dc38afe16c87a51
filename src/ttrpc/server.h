// A ttrpc server on a Loop: answers unary calls, many at once, in the order in which answers come.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "ttrpc/call.h"

namespace tare::ttrpc {

class ServedConnection;

class Server {
 public:
  // Called for each request. `respond` may be called at once or hours later; if the client has gone by then,
  // or is answered already, nothing happens.
  using Handler = std::function<void(Call call, Respond respond)>;

  // `listening_socket` is a UNIX stream socket. Peers must be of our effective user, or root; others are
  // turned away. What a peer does wrong ends its connection only, or that one call.
  static StatusOr<std::unique_ptr<Server>> Make(kernel::Loop& loop, kernel::Fd listening_socket,
                                                Handler handler);
  // Closes all connections. What has been answered and not yet read may be lost.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // No connection is accepted any more; those that exist go on.
  void StopListening();

  size_t connections() const { return connections_.size(); }

 private:
  Server(kernel::Loop& loop, kernel::Fd socket, Handler handler)
      : loop_(loop), socket_(std::move(socket)), handler_(std::move(handler)) {}
  Status Listen();
  void OnConnecting();
  Status Admit(kernel::Fd socket);
  void Pause();

  kernel::Loop& loop_;
  kernel::Fd socket_;
  Handler handler_;
  kernel::Loop::Registration watch_;
  kernel::Loop::Registration pause_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::shared_ptr<ServedConnection>> connections_;
};

}  // namespace tare::ttrpc
