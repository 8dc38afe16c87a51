// One end of a connection for frames. It never blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "ttrpc/frame.h"

namespace tare::ttrpc {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using OnFrame = std::function<void(Frame frame)>;
  // Called once, and not within Send(). `why` is never ok: NotFound if the peer closed the connection.
  using OnEnd = std::function<void(Status why)>;

  // `socket` is a connected stream socket.
  static StatusOr<std::shared_ptr<Connection>> Make(kernel::Loop& loop, kernel::Fd socket, OnFrame on_frame,
                                                    OnEnd on_end);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(const Frame& frame);
  // Ends the connection without calling OnEnd.
  void Close();
  bool alive() const { return !ended_; }

 private:
  Connection(kernel::Loop& loop, kernel::Fd socket, OnFrame on_frame, OnEnd on_end)
      : loop_(loop), socket_(std::move(socket)), on_frame_(std::move(on_frame)), on_end_(std::move(on_end)) {}
  Status WatchFor(uint32_t events);
  void OnEvents(uint32_t events);
  Status Read();
  Status Write();
  void End(Status why);

  kernel::Loop& loop_;
  kernel::Fd socket_;
  OnFrame on_frame_;
  OnEnd on_end_;
  kernel::Loop::Registration watch_;
  uint32_t watched_ = 0;
  FrameParser parser_;
  std::string unsent_;
  bool ended_ = false;
};

}  // namespace tare::ttrpc
