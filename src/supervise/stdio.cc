#include "supervise/stdio.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "terminal/pty.h"

namespace tare::supervise {
namespace {

using session::Stream;

using kernel::Fd;

constexpr size_t kChunk = 16 * 1024;
// Limits what is read after the container has ended, because another process may still write.
constexpr size_t kMostDrained = 16 << 20;

struct Pipe {
  Fd read;
  Fd write;
};

StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe2");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

struct Source {
  Fd ours;
  Fd theirs;
};

// The container's end is open for reading, too. So if the supervisor is killed and the pipe is full, the
// container waits; otherwise SIGPIPE would end it.
StatusOr<Source> MakeSource() {
  TARE_ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(pipe.read.get()));
  TARE_ASSIGN_OR_RETURN(Fd theirs, kernel::Reopen(pipe.write.get(), O_RDWR));
  return Source{.ours = std::move(pipe.read), .theirs = std::move(theirs)};
}

}  // namespace

StatusOr<std::unique_ptr<Stdio>> Stdio::Make(kernel::Loop& loop, Stdin input, Listener& listener) {
  std::unique_ptr<Stdio> stdio(new Stdio(loop, listener));
  for (Stream stream : {Stream::kStdout, Stream::kStderr}) {
    const size_t i = static_cast<size_t>(stream);
    TARE_ASSIGN_OR_RETURN(auto source, MakeSource());
    stdio->sources_[i].fd = std::move(source.ours);
    stdio->theirs_[i + 1] = std::move(source.theirs);
    TARE_RETURN_IF_ERROR(stdio->Watch(stream));
  }
  switch (input) {
    case Stdin::kEmpty: {
      TARE_ASSIGN_OR_RETURN(stdio->theirs_[0], kernel::Open("/dev/null", O_RDONLY));
      break;
    }
    case Stdin::kOpen: {
      TARE_ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
      TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(pipe.write.get()));
      stdio->theirs_[0] = std::move(pipe.read);
      stdio->sink_ = std::move(pipe.write);
      break;
    }
  }
  return stdio;
}

void Stdio::GiveUpContainerEnds() {
  for (Fd& end : theirs_) end.Close();
}

Status Stdio::TakeMaster(Fd master) {
  const int slave = ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return ErrnoError(errno, "ioctl(TIOCGPTPEER)");
  slave_ = Fd(slave);
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(master.get()));
  TARE_ASSIGN_OR_RETURN(sink_, kernel::Duplicate(master.get()));
  Source& output = sources_[static_cast<size_t>(Stream::kStdout)];
  output.watch.End();
  output.fd = std::move(master);
  return paused_ ? absl::OkStatus() : Watch(Stream::kStdout);
}

Status Stdio::Watch(Stream stream) {
  Source& source = sources_[static_cast<size_t>(stream)];
  if (!source.fd || source.watch) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(source.watch,
                        loop_.Watch(source.fd.get(), EPOLLIN, [this, stream](uint32_t) { Read(stream); }));
  return absl::OkStatus();
}

void Stdio::Pause() {
  paused_ = true;
  for (Source& source : sources_) source.watch.End();
}

Status Stdio::Resume() {
  paused_ = false;
  for (Stream stream : {Stream::kStdout, Stream::kStderr}) TARE_RETURN_IF_ERROR(Watch(stream));
  return absl::OkStatus();
}

Stdio::Found Stdio::Read(Stream stream) {
  Source& source = sources_[static_cast<size_t>(stream)];
  std::array<char, kChunk> bytes;
  const ssize_t got = read(source.fd.get(), bytes.data(), bytes.size());
  if (got > 0) {
    listener_.OnOutput(stream, absl::string_view(bytes.data(), static_cast<size_t>(got)));
    return Found::kBytes;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Found::kNothing;
  source.watch.End();
  source.fd.Close();
  return Found::kEnd;
}

bool Stdio::Drain() {
  for (Stream stream : {Stream::kStdout, Stream::kStderr}) {
    const Source& source = sources_[static_cast<size_t>(stream)];
    size_t chunks = 0;
    while (!paused_ && source.fd && chunks * kChunk < kMostDrained && Read(stream) == Found::kBytes) ++chunks;
  }
  return !paused_;
}

void Stdio::Write(absl::string_view bytes) {
  if (!sink_ || input_ends_) return;
  input_.assign(bytes.data(), bytes.size());
  Push();
}

void Stdio::EndInput() {
  if (!sink_ || input_ends_) return;
  if (has_terminal()) return Write("\x04");  // as from a keyboard; other clients may go on typing
  input_ends_ = true;
  if (!input_waits()) sink_.Close();
}

void Stdio::Push() {
  const StatusOr<size_t> written = kernel::WriteNow(sink_.get(), input_);
  input_.erase(0, written.ok() ? *written : input_.size());  // after an error nobody reads it any more
  if (!input_.empty()) {
    if (until_room_) return;
    StatusOr<kernel::Loop::Registration> watch =
        loop_.Watch(sink_.get(), EPOLLOUT, [this](uint32_t) { Push(); });
    if (watch.ok()) until_room_ = *std::move(watch);
    return;
  }
  const bool waited = static_cast<bool>(until_room_);
  until_room_.End();
  if (input_ends_) sink_.Close();
  if (waited) listener_.OnInputRoom();
}

void Stdio::Resize(uint16_t rows, uint16_t columns) {
  if (has_terminal()) (void)terminal::SetSize(sink_.get(), {.height = rows, .width = columns});
}

}  // namespace tare::supervise
