#include "supervise/reception.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/socket.h"

namespace tare::supervise {
namespace {

constexpr size_t kMostVisitors = 512;
constexpr size_t kMostWatching = 256;  // of them wait, or are attached
constexpr rlim_t kForAsking = 4;       // descriptors for those who ask,
constexpr rlim_t kForMaking = 8;       // and for the pipes and the worker of a container that is made again
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr absl::Duration kUntilRole = absl::Seconds(2);
constexpr absl::Duration kUntilRoom = absl::Milliseconds(100);

// Descriptors up to this one may be used for something that wants `more` of them to be free.
bool Leaves(rlim_t more, int fd) {
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

Reception::Reception(kernel::Loop& loop, kernel::Fd listener, Host& host)
    : loop_(loop), listener_(std::move(listener)), host_(host), patience_(kPatience) {}

StatusOr<std::unique_ptr<Reception>> Reception::Open(kernel::Loop& loop, kernel::Fd listener, Host& host) {
  std::unique_ptr<Reception> reception(new Reception(loop, std::move(listener), host));
  TARE_RETURN_IF_ERROR(reception->Listen());
  return reception;
}

Status Reception::Listen() {
  TARE_ASSIGN_OR_RETURN(arrivals_,
                        loop_.Watch(listener_.get(), EPOLLIN, [this](uint32_t) { OnConnection(); }));
  return absl::OkStatus();
}

void Reception::OnConnection() {
  if (!HasRoom()) return LetNobodyIn();
  StatusOr<kernel::Fd> socket = kernel::Accept(listener_.get());
  if (!socket.ok()) return LetNobodyIn();
  // The socket is in a directory that only its owner, and root, can enter; the check says it once more.
  if (!kernel::CheckPeer(socket->get()).ok()) return;
  if (fcntl(socket->get(), F_SETFL, O_NONBLOCK) != 0) return;
  visitors_.push_back({.number = ++last_number_, .socket = *std::move(socket)});
  BecomeNobody(visitors_.back());
  Await(visitors_.back());
}

bool Reception::HasRoom() const {
  if (visitors_.size() >= kMostVisitors) return false;
  // The lowest that is free, which a new visitor would get.
  const kernel::Fd next(fcntl(listener_.get(), F_DUPFD_CLOEXEC, 0));
  return Leaves(kForMaking, next.get());
}

bool Reception::HasPlace(const Visitor& visitor) const {
  const auto watching = std::ranges::count_if(visitors_, [](const Visitor& other) {
    return other.role == Role::kWaiting || other.role == Role::kAttached;
  });
  return static_cast<size_t>(watching) < kMostWatching &&
         Leaves(kForMaking + kForAsking, visitor.socket.get());
}

// For a moment. Then those are sent away who are here now and have not said by then what they want.
void Reception::LetNobodyIn() {
  arrivals_.End();
  until_room_ = loop_.After(kUntilRoom, [this, last = last_number_] {
    std::erase_if(visitors_, [last](const Visitor& visitor) {
      return visitor.number <= last && visitor.role == Role::kNone;
    });
    if (!Listen().ok()) LetNobodyIn();
  });
}

void Reception::BecomeNobody(Visitor& visitor) {
  visitor.role = Role::kNone;
  visitor.until_role = loop_.After(kUntilRole, [this, number = visitor.number] { Dismiss(number); });
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
  if (visitor.role == Role::kAsking) return Dismiss(number);  // one thing at a time
  switch (static_cast<Ask>(packet[0])) {
    case Ask::kWait:
      return Stay(visitor, Role::kWaiting);
    case Ask::kAttach:
      return Stay(visitor, Role::kAttached);
    case Ask::kRetire:
      return host_.OnRetire(BeginAsking(visitor));
    case Ask::kSettle:
      return host_.OnSettle(BeginAsking(visitor));
    case Ask::kStarting:
      host_.OnStarting();
      return Tell(number, Reply::kDone, "");
    case Ask::kInput:
      if (visitor.role == Role::kAttached) host_.OnInput(payload.substr(0, kMostBytes));
      return;
    case Ask::kEndInput:
      if (visitor.role == Role::kAttached) host_.OnEndInput();
      return;
    case Ask::kSize: {
      if (const std::optional<Size> size = ParseSize(payload)) host_.OnSize(size->rows, size->columns);
      return;
    }
  }
  Dismiss(number);
}

// What is to be called when it is done.
std::function<void()> Reception::BeginAsking(Visitor& visitor) {
  visitor.role = Role::kAsking;
  visitor.until_role.End();
  return [this, number = visitor.number] {
    Tell(number, Reply::kDone, "");
    if (Visitor* asked = Find(number)) BecomeNobody(*asked);
  };
}

void Reception::Stay(Visitor& visitor, Role role) {
  if (visitor.role == Role::kNone && !HasPlace(visitor)) return Tell(visitor.number, Reply::kFull, "");
  visitor.role = role;
  visitor.until_role.End();
  Await(visitor);
  if (role == Role::kAttached) Tell(visitor.number, Reply::kDone, host_.HasTerminal() ? "t" : "");
  if (over_) (void)kernel::Send(visitor.socket.get(), shown_);
}

void Reception::Tell(uint64_t number, Reply reply, absl::string_view payload) {
  if (const Visitor* visitor = Find(number))
    (void)kernel::Send(visitor->socket.get(), Packet(reply, payload));
}

void Reception::Show(Stream stream, absl::string_view bytes) {
  ShowPacket(Packet(stream == Stream::kStdout ? Reply::kOutput : Reply::kErrors, bytes),
             [](Role role) { return role == Role::kAttached; });
}

void Reception::TellExit(absl::string_view exit_json) {
  arrivals_.End();
  until_room_.End();
  listener_.Close();
  over_ = true;
  ShowPacket(Packet(Reply::kExit, exit_json),
             [](Role role) { return role == Role::kAttached || role == Role::kWaiting; });
}

void Reception::ShowPacket(std::string packet, bool (*to)(Role)) {
  shown_ = std::move(packet);
  for (Visitor& visitor : visitors_) {
    if (!to(visitor.role) || ErrnoOf(kernel::Send(visitor.socket.get(), shown_)) != EAGAIN) continue;
    visitor.behind = true;
    Await(visitor);
  }
  BePatient();
}

void Reception::BePatient() {
  if (busy()) until_impatient_ = loop_.After(patience_, [this] { DismissThoseBehind(); });
}

void Reception::Have(Patience patience) {
  patience_ = patience == Patience::kSome ? kPatience : absl::ZeroDuration();
  BePatient();
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
  until_impatient_.End();
  host_.OnCaughtUp();
}

void Reception::Dismiss(uint64_t number) {
  const bool was_busy = busy();
  std::erase_if(visitors_, [number](const Visitor& visitor) { return visitor.number == number; });
  if (!was_busy || busy()) return;
  until_impatient_.End();
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

}  // namespace tare::supervise
