#include "supervise/reception.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "kernel/socket.h"

namespace tare::supervise {
namespace {

constexpr size_t kMostVisitors = 64;
constexpr absl::Duration kPatience = absl::Seconds(10);

std::string Packet(Reply reply, absl::string_view payload) {
  std::string packet(1, static_cast<char>(reply));
  packet.append(payload.data(), payload.size());
  return packet;
}

}  // namespace

StatusOr<std::unique_ptr<Reception>> Reception::Open(kernel::Loop& loop, kernel::Fd listener, Host& host) {
  std::unique_ptr<Reception> reception(new Reception(loop, std::move(listener), host));
  Reception* self = reception.get();
  TARE_ASSIGN_OR_RETURN(self->arrivals_, loop.Watch(self->listener_.get(), EPOLLIN,
                                                    [self](uint32_t) { self->OnConnection(); }));
  return reception;
}

void Reception::OnConnection() {
  StatusOr<kernel::Fd> socket = kernel::Accept(listener_.get());
  // The socket is in a folder that only its owner, and root, can enter; the check says it once more.
  if (!socket.ok() || visitors_.size() >= kMostVisitors || !kernel::CheckPeer(socket->get()).ok()) return;
  if (fcntl(socket->get(), F_SETFL, O_NONBLOCK) != 0) return;
  visitors_.push_back({.number = ++last_number_, .socket = *std::move(socket)});
  Await(visitors_.back());
}

void Reception::Await(Visitor& visitor) {
  const bool reads = visitor.role != Role::kAttached || !holds_input_;
  const uint32_t events = (reads ? EPOLLIN : 0U) | (visitor.behind ? EPOLLOUT : 0U);
  visitor.watch.End();
  StatusOr<kernel::Loop::Registration> watch =
      loop_.Watch(visitor.socket.get(), events,
                  [this, number = visitor.number](uint32_t happened) { OnEvents(number, happened); });
  if (watch.ok()) visitor.watch = *std::move(watch);
}

Reception::Visitor* Reception::Find(uint64_t number) {
  const auto found =
      std::ranges::find_if(visitors_, [number](const Visitor& visitor) { return visitor.number == number; });
  return found == visitors_.end() ? nullptr : &*found;
}

void Reception::OnEvents(uint64_t number, uint32_t events) {
  Visitor* visitor = Find(number);
  if (visitor == nullptr) return;
  if ((events & EPOLLOUT) != 0 && visitor->behind) CatchUp();
  visitor = Find(number);
  if (visitor == nullptr) return;
  if ((events & EPOLLIN) != 0) return Serve(*visitor);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) Dismiss(number);
}

void Reception::Serve(Visitor& visitor) {
  const StatusOr<kernel::Message> message = kernel::Receive(visitor.socket.get());
  if (ErrnoOf(message.status()) == EAGAIN) return;
  if (!message.ok() || message->bytes.empty()) return Dismiss(visitor.number);
  Answer(visitor, message->bytes);
}

void Reception::Answer(Visitor& visitor, absl::string_view packet) {
  const uint64_t number = visitor.number;
  const absl::string_view payload = packet.substr(1);
  switch (static_cast<Ask>(packet[0])) {
    case Ask::kWait:
      visitor.role = Role::kWaiting;
      return;
    case Ask::kRetire:
      return host_.OnRetire([this, number] { Tell(number, Reply::kDone, ""); });
    case Ask::kSettle:
      return host_.OnSettle([this, number] { Tell(number, Reply::kDone, ""); });
    case Ask::kStarting:
      host_.OnStarting();
      return Tell(number, Reply::kDone, "");
    case Ask::kAttach:
      return Attach(visitor);
    case Ask::kInput:
      if (visitor.role == Role::kAttached) host_.OnInput(payload.substr(0, kMostBytes));
      return;
    case Ask::kEndInput:
      if (visitor.role == Role::kAttached) host_.OnEndInput();
      return;
    case Ask::kSize: {
      unsigned short rows = 0;
      unsigned short columns = 0;
      if (sscanf(std::string(payload).c_str(), "%hu %hu", &rows, &columns) == 2) host_.OnSize(rows, columns);
      return;
    }
  }
  Dismiss(number);
}

void Reception::Attach(Visitor& visitor) {
  visitor.role = Role::kAttached;
  Await(visitor);
  Tell(visitor.number, Reply::kDone, host_.HasTerminal() ? "t" : "");
}

void Reception::Tell(uint64_t number, Reply reply, absl::string_view payload) {
  if (const Visitor* visitor = Find(number))
    (void)kernel::Send(visitor->socket.get(), Packet(reply, payload));
}

void Reception::Show(Stream stream, absl::string_view bytes) {
  shown_ = Packet(stream == Stream::kStdout ? Reply::kOutput : Reply::kErrors, bytes);
  for (Visitor& visitor : visitors_) {
    if (visitor.role != Role::kAttached) continue;
    if (ErrnoOf(kernel::Send(visitor.socket.get(), shown_)) != EAGAIN) continue;
    visitor.behind = true;
    Await(visitor);
  }
  if (busy()) patience_ = loop_.After(kPatience, [this] { DismissThoseBehind(); });
}

bool Reception::busy() const {
  return std::ranges::any_of(visitors_, [](const Visitor& visitor) { return visitor.behind; });
}

void Reception::CatchUp() {
  for (Visitor& visitor : visitors_) {
    if (!visitor.behind || ErrnoOf(kernel::Send(visitor.socket.get(), shown_)) == EAGAIN) continue;
    visitor.behind = false;
    Await(visitor);
  }
  if (busy()) return;
  patience_.End();
  host_.OnCaughtUp();
}

void Reception::Dismiss(uint64_t number) {
  const bool was_busy = busy();
  std::erase_if(visitors_, [number](const Visitor& visitor) { return visitor.number == number; });
  if (!was_busy || busy()) return;
  patience_.End();
  host_.OnCaughtUp();
}

void Reception::DismissThoseBehind() {
  std::erase_if(visitors_, [](const Visitor& visitor) { return visitor.behind; });
  host_.OnCaughtUp();
}

void Reception::HoldInput(bool hold) {
  if (holds_input_ == hold) return;
  holds_input_ = hold;
  for (Visitor& visitor : visitors_)
    if (visitor.role == Role::kAttached) Await(visitor);
}

void Reception::TellExit(absl::string_view exit_json) {
  for (const Visitor& visitor : visitors_)
    if (visitor.role != Role::kNew) (void)kernel::Send(visitor.socket.get(), Packet(Reply::kExit, exit_json));
}

}  // namespace tare::supervise
