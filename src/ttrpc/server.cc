#include "ttrpc/server.h"

#include <cerrno>
#include <utility>

#include "base/log.h"
#include "kernel/descriptors.h"
#include "kernel/socket.h"
#include "ttrpc/served_connection.h"

namespace tare::ttrpc {
namespace {

// containerd keeps one connection for each container, and a pod has a few dozen containers at most.
constexpr size_t kMaxConnections = 512;
constexpr absl::Duration kPause = absl::Seconds(1);

}  // namespace

StatusOr<std::unique_ptr<Server>> Server::Make(kernel::Loop& loop, kernel::Fd listening_socket,
                                               Handler handler) {
  std::unique_ptr<Server> server(new Server(loop, std::move(listening_socket), std::move(handler)));
  TARE_RETURN_IF_ERROR(server->Listen());
  return server;
}

Server::~Server() = default;

Status Server::Listen() {
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(socket_.get()));
  TARE_ASSIGN_OR_RETURN(watch_, loop_.Watch(socket_.get(), EPOLLIN, [this](uint32_t) { OnConnecting(); }));
  return absl::OkStatus();
}

void Server::OnConnecting() {
  StatusOr<kernel::Fd> socket = kernel::Accept(socket_.get());
  if (!socket.ok()) {
    const int error = ErrnoOf(socket.status());
    if (error == EAGAIN || error == ECONNABORTED) return;
    log::Warning("cannot accept connections for now: ", socket.status().message());
    return Pause();
  }
  if (Status status = Admit(*std::move(socket)); !status.ok())
    log::Warning("refused a connection: ", status.message());
}

void Server::StopListening() {
  watch_.End();
  pause_.End();
  socket_.Close();
}

// If no descriptor is free (EMFILE), the client stays in the queue, and the Loop would call OnConnecting()
// again and again.
void Server::Pause() {
  watch_.End();
  pause_ = loop_.After(kPause, [this] {
    if (!Listen().ok()) Pause();
  });
}

Status Server::Admit(kernel::Fd socket) {
  TARE_RETURN_IF_ERROR(kernel::CheckPeer(socket.get()));
  if (connections_.size() >= kMaxConnections)
    return absl::ResourceExhaustedError(absl::StrCat("too many connections: ", connections_.size()));
  const uint64_t id = ++last_id_;
  auto on_end = [this, id](const Status& why) {
    const bool misbehaved = absl::IsInvalidArgument(why) || absl::IsResourceExhausted(why);
    log::Write(misbehaved ? log::Level::kWarning : log::Level::kDebug,
               absl::StrCat("a client's connection was closed: ", why.message()));
    connections_.erase(id);
  };
  TARE_ASSIGN_OR_RETURN(connections_[id],
                        ServedConnection::Make(loop_, std::move(socket), handler_, std::move(on_end)));
  return absl::OkStatus();
}

}  // namespace tare::ttrpc
