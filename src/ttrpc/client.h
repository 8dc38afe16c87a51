// A ttrpc client: on a Loop, with many calls at once, or for a single call that blocks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/loop.h"
#include "ttrpc/call.h"
#include "ttrpc/connection.h"

namespace tare::ttrpc {

class Client {
 public:
  // `path` is the path of the server's socket. Fails with EAGAIN instead of waiting if the server cannot
  // accept a connection now.
  static StatusOr<std::unique_ptr<Client>> Connect(kernel::Loop& loop, const std::string& path);
  // Drops the calls without a response; their `done` is not called.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Calls `done` with the response or the server's error, with DeadlineExceeded after `timeout`, which may be
  // infinite, or with Unavailable when the connection ends. `done` is never called before Send() returns, and
  // it may destroy the client.
  void Send(Call call, absl::Duration timeout, Respond done);

  // Whether the connection still exists. If not, all further calls fail.
  bool alive() const { return connection_->alive(); }

 private:
  struct Unanswered {
    Respond done;
    kernel::Loop::Registration timeout;
  };

  explicit Client(kernel::Loop& loop) : loop_(loop) {}
  void OnFrame(const Frame& frame);
  void OnEnd(const Status& why);
  void Finish(uint32_t stream, StatusOr<std::string> response);
  void FinishSoon(uint32_t stream, Status error);

  kernel::Loop& loop_;
  std::shared_ptr<Connection> connection_;
  uint32_t next_stream_ = 1;
  std::map<uint32_t, Unanswered> unanswered_;
};

// Connects, sends the call and blocks until the response. For tools and tests; it has its own Loop.
StatusOr<std::string> CallOnce(const std::string& path, Call call,
                               absl::Duration timeout = absl::InfiniteDuration());

}  // namespace tare::ttrpc
