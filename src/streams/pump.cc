#include "streams/pump.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "kernel/descriptors.h"

namespace tare::streams {

StatusOr<std::unique_ptr<Pump>> Pump::Start(kernel::Loop& loop, kernel::Fd from, kernel::Fd to,
                                            Listener listener) {
  std::unique_ptr<Pump> pump(new Pump(loop, std::move(from), std::move(to), std::move(listener)));
  TARE_RETURN_IF_ERROR(pump->AwaitInput());
  return pump;
}

Status Pump::AwaitInput() {
  awaiting_.End();
  TARE_ASSIGN_OR_RETURN(awaiting_, loop_.Watch(from_.get(), EPOLLIN, [this](uint32_t) { Read(); }));
  return absl::OkStatus();
}

Status Pump::AwaitReceiver() {
  awaiting_.End();
  TARE_ASSIGN_OR_RETURN(awaiting_, loop_.Watch(to_.get(), EPOLLOUT, [this](uint32_t) { Write(); }));
  return absl::OkStatus();
}

void Pump::Read() {
  std::array<char, 16 * 1024> buffer;
  const ssize_t got = read(from_.get(), buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return End();  // reading a terminal's master fails with EIO at its end
  const StatusOr<size_t> taken = Offer(absl::string_view(buffer.data(), static_cast<size_t>(got)));
  if (!taken.ok()) return End();
  if (*taken == static_cast<size_t>(got)) return;
  pending_.assign(buffer.data() + *taken, static_cast<size_t>(got) - *taken);
  if (!AwaitReceiver().ok()) End();
}

void Pump::Write() {
  const StatusOr<size_t> taken = Offer(pending_);
  if (!taken.ok()) return End();
  pending_.erase(0, *taken);
  if (!pending_.empty()) return;
  pending_.shrink_to_fit();
  if (!AwaitInput().ok()) End();
}

// Returns how many bytes are done with: written or lost.
StatusOr<size_t> Pump::Offer(absl::string_view bytes) {
  StatusOr<size_t> taken = kernel::WriteNow(to_.get(), bytes);
  if (taken.ok() || !listener_.on_loss) return taken;
  if (!std::exchange(has_lost_, true)) listener_.on_loss(taken.status());
  return bytes.size();
}

void Pump::End() {
  awaiting_.End();
  from_.Close();
  to_.Close();
  // This comes last because it may delete this object.
  if (const auto on_end = std::exchange(listener_.on_end, nullptr)) on_end();
}

}  // namespace tare::streams
