#include "supervise/control_server.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/descriptors.h"
#include "kernel/socket.h"

namespace tare::supervise {
namespace {

using session::kMostBytes;
using session::Reply;
using session::Request;
using session::Stream;

constexpr size_t kMostClients = 512;
constexpr size_t kMostWatching = 256;  // of these, how many may wait or be attached
constexpr rlim_t kForRequests = 4;     // descriptors for requests,
constexpr rlim_t kForCreation = 8;     // and for the pipes and the worker of a container that is restarted
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr absl::Duration kUntilRequest = absl::Seconds(2);
constexpr absl::Duration kUntilRoom = absl::Milliseconds(100);

// True if at least `more` descriptors above `fd` are free.
bool LeavesFree(rlim_t more, int fd) {
  rlimit limit{};
  if (fd < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  return static_cast<rlim_t>(fd) + more < limit.rlim_cur;
}

struct Size {
  uint16_t rows = 0;
  uint16_t columns = 0;
};

// "ROWS COLUMNS". sscanf(3) would take -1 for a large number.
std::optional<Size> ParseSize(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> sides = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  uint32_t rows = 0;
  uint32_t columns = 0;
  if (!absl::SimpleAtoi(sides.first, &rows) || !absl::SimpleAtoi(sides.second, &columns)) return std::nullopt;
  if (rows > UINT16_MAX || columns > UINT16_MAX) return std::nullopt;
  return Size{.rows = static_cast<uint16_t>(rows), .columns = static_cast<uint16_t>(columns)};
}

std::string Packet(Reply reply, absl::string_view payload) {
  std::string packet(1, static_cast<char>(reply));
  packet.append(payload.data(), payload.size());
  return packet;
}

}  // namespace

ControlServer::ControlServer(kernel::Loop& loop, kernel::Fd listener, Handler& handler)
    : loop_(loop), listener_(std::move(listener)), handler_(handler), patience_(kPatience) {}

StatusOr<std::unique_ptr<ControlServer>> ControlServer::Open(kernel::Loop& loop, kernel::Fd listener,
                                                             Handler& handler) {
  std::unique_ptr<ControlServer> server(new ControlServer(loop, std::move(listener), handler));
  TARE_RETURN_IF_ERROR(server->Listen());
  return server;
}

Status ControlServer::Listen() {
  TARE_ASSIGN_OR_RETURN(arrivals_,
                        loop_.Watch(listener_.get(), EPOLLIN, [this](uint32_t) { OnConnection(); }));
  return absl::OkStatus();
}

void ControlServer::OnConnection() {
  if (!HasRoom()) return PauseListening();
  StatusOr<kernel::Fd> socket = kernel::Accept(listener_.get());
  if (!socket.ok()) return PauseListening();
  // Only the owner and root can enter the directory of the socket. This is a second check.
  if (!kernel::CheckPeer(socket->get()).ok()) return;
  if (!kernel::SetNonBlocking(socket->get()).ok()) return;
  clients_.push_back({.number = ++last_number_, .socket = *std::move(socket)});
  AwaitRequest(clients_.back());
  Await(clients_.back());
}

bool ControlServer::HasRoom() const {
  if (clients_.size() >= kMostClients) return false;
  // The lowest free descriptor, which a new client would get.
  const kernel::Fd next(fcntl(listener_.get(), F_DUPFD_CLOEXEC, 0));
  return LeavesFree(kForCreation, next.get());
}

bool ControlServer::MayWatch(const Client& client) const {
  const auto watching = std::ranges::count_if(clients_, [](const Client& other) {
    return other.role == Role::kWaiting || other.role == Role::kAttached;
  });
  return static_cast<size_t>(watching) < kMostWatching &&
         LeavesFree(kForCreation + kForRequests, client.socket.get());
}

// For a moment. Clients that are connected now and have sent no request by then are disconnected.
void ControlServer::PauseListening() {
  arrivals_.End();
  until_room_ = loop_.After(kUntilRoom, [this, last = last_number_] {
    std::erase_if(clients_, [last](const Client& client) {
      return client.number <= last && client.role == Role::kNone;
    });
    if (!Listen().ok()) PauseListening();
  });
}

void ControlServer::AwaitRequest(Client& client) {
  client.role = Role::kNone;
  client.until_request = loop_.After(kUntilRequest, [this, number = client.number] { Disconnect(number); });
}

void ControlServer::Await(Client& client) {
  const bool reads = client.role != Role::kAttached || !holds_input_;
  const uint32_t events = (reads ? EPOLLIN : 0U) | (client.behind ? EPOLLOUT : 0U);
  client.watch.End();
  StatusOr<kernel::Loop::Registration> watch =
      loop_.Watch(client.socket.get(), events,
                  [this, number = client.number](uint32_t happened) { OnEvents(number, happened); });
  if (watch.ok()) client.watch = *std::move(watch);
}

ControlServer::Client* ControlServer::Find(uint64_t number) {
  const auto found =
      std::ranges::find_if(clients_, [number](const Client& client) { return client.number == number; });
  return found == clients_.end() ? nullptr : &*found;
}

void ControlServer::OnEvents(uint64_t number, uint32_t events) {
  Client* client = Find(number);
  if (client == nullptr) return;
  if ((events & EPOLLOUT) != 0 && client->behind) CatchUp();
  client = Find(number);
  if (client == nullptr) return;
  if ((events & EPOLLIN) != 0) return Serve(*client);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) Disconnect(number);
}

void ControlServer::Serve(Client& client) {
  const StatusOr<kernel::Message> message = kernel::Receive(client.socket.get());
  if (ErrnoOf(message.status()) == EAGAIN) return;
  if (!message.ok() || message->bytes.empty()) return Disconnect(client.number);
  Answer(client, message->bytes);
}

void ControlServer::Answer(Client& client, absl::string_view packet) {
  const uint64_t number = client.number;
  const absl::string_view payload = packet.substr(1);
  if (client.role == Role::kRequesting) return Disconnect(number);  // one request at a time
  switch (static_cast<Request>(packet[0])) {
    case Request::kWait:
      return Keep(client, Role::kWaiting);
    case Request::kAttach:
      return Keep(client, Role::kAttached);
    case Request::kStopRestarting:
      return handler_.OnStopRestarting(BeginRequest(client));
    case Request::kDumpBegins:
    case Request::kDumpFailed:
      handler_.OnDump(packet[0] == static_cast<char>(Request::kDumpBegins));
      return SendReply(number, Reply::kDone, "");
    case Request::kAwaitContainer:
      return handler_.OnAwaitContainer(BeginRequest(client));
    case Request::kProgramStarts:
      handler_.OnProgramStarts();
      return SendReply(number, Reply::kDone, "");
    case Request::kInput:
      if (client.role == Role::kAttached) handler_.OnInput(payload.substr(0, kMostBytes));
      return;
    case Request::kEndInput:
      if (client.role == Role::kAttached) handler_.OnEndInput();
      return;
    case Request::kSize: {
      if (const std::optional<Size> size = ParseSize(payload)) handler_.OnSize(size->rows, size->columns);
      return;
    }
  }
  Disconnect(number);
}

// Returns what has to be called when the request is done.
std::function<void()> ControlServer::BeginRequest(Client& client) {
  client.role = Role::kRequesting;
  client.until_request.End();
  return [this, number = client.number] {
    SendReply(number, Reply::kDone, "");
    if (Client* asked = Find(number)) AwaitRequest(*asked);
  };
}

void ControlServer::Keep(Client& client, Role role) {
  if (client.role == Role::kNone && !MayWatch(client)) return SendReply(client.number, Reply::kFull, "");
  client.role = role;
  client.until_request.End();
  Await(client);
  if (role == Role::kAttached)
    SendReply(client.number, Reply::kDone, handler_.HasTerminal() ? session::kTerminal : "");
  if (exit_sent_) (void)kernel::Send(client.socket.get(), shown_);
}

void ControlServer::SendReply(uint64_t number, Reply reply, absl::string_view payload) {
  if (const Client* client = Find(number)) (void)kernel::Send(client->socket.get(), Packet(reply, payload));
}

void ControlServer::Show(Stream stream, absl::string_view bytes) {
  ShowPacket(Packet(stream == Stream::kStdout ? Reply::kOutput : Reply::kErrors, bytes),
             [](Role role) { return role == Role::kAttached; });
}

void ControlServer::SendExit(absl::string_view exit_json) {
  arrivals_.End();
  until_room_.End();
  listener_.Close();
  exit_sent_ = true;
  ShowPacket(Packet(Reply::kExit, exit_json),
             [](Role role) { return role == Role::kAttached || role == Role::kWaiting; });
}

void ControlServer::ShowPacket(std::string packet, bool (*to)(Role)) {
  shown_ = std::move(packet);
  for (Client& client : clients_) {
    if (!to(client.role) || ErrnoOf(kernel::Send(client.socket.get(), shown_)) != EAGAIN) continue;
    client.behind = true;
    Await(client);
  }
  StartTimeout();
}

void ControlServer::StartTimeout() {
  if (busy()) until_disconnect_ = loop_.After(patience_, [this] { DisconnectThoseBehind(); });
}

void ControlServer::SetPatience(Patience patience) {
  patience_ = patience == Patience::kSome ? kPatience : absl::ZeroDuration();
  StartTimeout();
}

bool ControlServer::busy() const {
  return std::ranges::any_of(clients_, [](const Client& client) { return client.behind; });
}

void ControlServer::CatchUp() {
  for (Client& client : clients_) {
    if (!client.behind || ErrnoOf(kernel::Send(client.socket.get(), shown_)) == EAGAIN) continue;
    client.behind = false;
    Await(client);
  }
  if (busy()) return;
  until_disconnect_.End();
  handler_.OnCaughtUp();
}

void ControlServer::Disconnect(uint64_t number) {
  const bool was_busy = busy();
  std::erase_if(clients_, [number](const Client& client) { return client.number == number; });
  if (!was_busy || busy()) return;
  until_disconnect_.End();
  handler_.OnCaughtUp();
}

void ControlServer::DisconnectThoseBehind() {
  std::erase_if(clients_, [](const Client& client) { return client.behind; });
  handler_.OnCaughtUp();
}

void ControlServer::HoldInput(bool hold) {
  if (holds_input_ == hold) return;
  holds_input_ = hold;
  for (Client& client : clients_)
    if (client.role == Role::kAttached) Await(client);
}

}  // namespace tare::supervise
