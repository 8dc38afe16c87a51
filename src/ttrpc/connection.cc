#include "ttrpc/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace tare::ttrpc {
namespace {

// If the peer does not read, its requests are not read either. If the unsent responses still grow, the
// connection is closed.
constexpr size_t kUnsentToPause = 256 << 10;
constexpr size_t kUnsentToEnd = 4 * kMaxData;

}  // namespace

StatusOr<std::shared_ptr<Connection>> Connection::Make(kernel::Loop& loop, kernel::Fd socket,
                                                       OnFrame on_frame, OnEnd on_end) {
  std::shared_ptr<Connection> connection(
      new Connection(loop, std::move(socket), std::move(on_frame), std::move(on_end)));
  TARE_RETURN_IF_ERROR(connection->WatchFor(EPOLLIN));
  return connection;
}

Status Connection::WatchFor(uint32_t events) {
  if (events == watched_) return absl::OkStatus();
  watch_.End();
  TARE_ASSIGN_OR_RETURN(watch_,
                        loop_.Watch(socket_.get(), events, [this](uint32_t which) { OnEvents(which); }));
  watched_ = events;
  return absl::OkStatus();
}

void Connection::OnEvents(uint32_t events) {
  const std::shared_ptr<Connection> held = shared_from_this();  // a callback may drop the last reference
  Status status = events & EPOLLOUT ? Write() : absl::OkStatus();
  // recv(2) returns errors and the end of the connection.
  if (status.ok() && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) status = Read();
  if (!status.ok()) End(std::move(status));
}

Status Connection::Read() {
  std::array<char, 16 << 10> buffer;  // not initialised: this touches only the pages that are read into
  const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return absl::OkStatus();
  if (got < 0) return ErrnoError(errno, "recv");
  if (got == 0) return absl::NotFoundError("the peer has closed the connection");
  return parser_.Parse({buffer.data(), static_cast<size_t>(got)}, [this](Frame frame) {
    on_frame_(std::move(frame));
    return alive();
  });
}

void Connection::Send(const Frame& frame) {
  if (!alive()) return;
  unsent_ += Encode(frame);
  Status status = Write();
  if (status.ok()) return;
  // Not now, because OnEnd could destroy objects that the caller is using.
  watch_.End();
  watched_ = 0;
  loop_.Soon([weak = weak_from_this(), status] {
    if (const auto connection = weak.lock()) connection->End(status);
  });
}

Status Connection::Write() {
  size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t count =
        send(socket_.get(), unsent_.data() + sent, unsent_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0)
      sent += static_cast<size_t>(count);
    else if (errno == EAGAIN)
      break;
    else if (errno != EINTR)
      return ErrnoError(errno, "send");
  }
  if (sent == unsent_.size())
    unsent_ = std::string();  // frees its memory, too
  else
    unsent_.erase(0, sent);
  if (unsent_.size() > kUnsentToEnd)
    return absl::ResourceExhaustedError(absl::StrCat("the peer has not read ", unsent_.size(), " bytes"));
  const uint32_t reading = unsent_.size() > kUnsentToPause ? 0u : EPOLLIN;
  return WatchFor(reading | (unsent_.empty() ? 0u : EPOLLOUT));
}

void Connection::Close() {
  ended_ = true;
  watch_.End();
  socket_.Close();
  unsent_ = std::string();
}

void Connection::End(Status why) {
  if (!alive()) return;
  Close();
  on_end_(std::move(why));
}

}  // namespace tare::ttrpc
