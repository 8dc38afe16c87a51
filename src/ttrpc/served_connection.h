// The server's side of one client's connection: its unanswered requests, and responses to invalid frames.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "ttrpc/connection.h"
#include "ttrpc/server.h"

namespace tare::ttrpc {

class ServedConnection : public std::enable_shared_from_this<ServedConnection> {
 public:
  // `handler` must outlive this object.
  static StatusOr<std::shared_ptr<ServedConnection>> Make(kernel::Loop& loop, kernel::Fd socket,
                                                          const Server::Handler& handler,
                                                          Connection::OnEnd on_end);
  explicit ServedConnection(const Server::Handler& handler) : handler_(handler) {}
  ~ServedConnection();
  ServedConnection(const ServedConnection&) = delete;
  ServedConnection& operator=(const ServedConnection&) = delete;

 private:
  void OnFrame(Frame frame);
  void OnRequest(const Frame& frame);
  void Answer(uint32_t stream, const StatusOr<std::string>& response);

  const Server::Handler& handler_;
  std::shared_ptr<Connection> connection_;
  uint32_t last_stream_ = 0;
  std::set<uint32_t> unanswered_;
};

}  // namespace tare::ttrpc
