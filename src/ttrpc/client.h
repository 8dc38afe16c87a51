// A ttrpc client: on a Loop, with many calls at once, or for a single call that is waited for.
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
  // `path` is that of the server's socket. Does not wait: a server that cannot take a connection now is an
  // error (EAGAIN).
  static StatusOr<std::unique_ptr<Client>> Connect(kernel::Loop& loop, const std::string& path);
  // `done` of calls that are not answered is not called any more.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` is given the response or the server's error; DeadlineExceeded after `timeout`, which may be
  // infinite; Unavailable when the connection ends. It is never called before Send() returns, and may destroy
  // the client.
  void Send(Call call, absl::Duration timeout, Respond done);

  // Without one, all further calls fail.
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

// Connects, calls and waits. For tools and tests: it has a Loop of its own.
StatusOr<std::string> CallOnce(const std::string& path, Call call,
                               absl::Duration timeout = absl::InfiniteDuration());

}  // namespace tare::ttrpc
