// A ttrpc server on a Loop for unary calls, many at once. Responses are sent in any order.
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
  // Called for each request. `respond` may be called at once or hours later. It does nothing if the client
  // has disconnected or has already got a response.
  using Handler = std::function<void(Call call, Respond respond)>;

  // `listening_socket` is a UNIX stream socket. Connections from users other than root and our effective user
  // are refused. An error of a client only ends that call or that client's connection.
  static StatusOr<std::unique_ptr<Server>> Make(kernel::Loop& loop, kernel::Fd listening_socket,
                                                Handler handler);
  // Closes all connections. Responses that clients have not read yet may be lost.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Accepts no further connections. Existing connections continue.
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
