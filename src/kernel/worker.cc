#include "kernel/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/procfs.h"

namespace tare::kernel {
namespace {

// The copy sends one message, which begins with its kind.
constexpr char kFailed[] = "f";  // SerializeStatus() follows
constexpr char kInline[] = "h";  // the bytes follow
constexpr char kInFile[] = "m";  // the bytes are in a memfd, the last descriptor

constexpr size_t kMaxInline = kMaxMessage - 1;
constexpr size_t kMaxInFile = 64 << 20;

// The descriptors of objects that the copy goes on using.
std::vector<int> OwnFds() {
  const StatusOr<const Procfs*> procfs = Procfs::Get();
  std::vector<int> own = procfs.ok() ? (*procfs)->Descriptors() : std::vector<int>();
  own.push_back(log::Descriptor());
  return own;
}

Status SendResult(int socket, const Message& result) {
  std::vector<int> fds;
  for (const Fd& fd : result.fds) fds.push_back(fd.get());
  if (result.bytes.size() <= kMaxInline) return Send(socket, absl::StrCat(kInline, result.bytes), fds);
  TARE_ASSIGN_OR_RETURN(const Fd file, MemoryFile("result", result.bytes));
  fds.push_back(file.get());
  return Send(socket, kInFile, fds);
}

int Work(int socket, pid_t parent, absl::FunctionRef<StatusOr<Message>()> body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) return 1;  // it died before prctl(2)
  StatusOr<Message> result = body();
  Status sent = result.ok() ? SendResult(socket, *result) : result.status();
  if (!sent.ok()) sent = Send(socket, absl::StrCat(kFailed, SerializeStatus(sent)).substr(0, kMaxMessage));
  return sent.ok() ? 0 : 1;
}

StatusOr<Message> ReadResult(int socket) {
  TARE_ASSIGN_OR_RETURN(Message message, Receive(socket));
  if (message.bytes.empty()) return absl::AbortedError("the worker exited without a result");
  const char kind = message.bytes[0];
  message.bytes.erase(0, 1);
  if (kind == kFailed[0]) return ParseStatus(message.bytes);
  if (kind == kInline[0]) return message;
  if (kind != kInFile[0] || message.fds.empty())
    return absl::InternalError("the worker's result is malformed");
  TARE_ASSIGN_OR_RETURN(message.bytes, ReadAll(message.fds.back().get(), "result", kMaxInFile));
  message.fds.pop_back();
  return message;
}

}  // namespace

StatusOr<std::unique_ptr<Worker>> Worker::Start(Loop& loop, const std::vector<int>& keep,
                                                absl::FunctionRef<StatusOr<Message>()> body, Done done) {
  TARE_ASSIGN_OR_RETURN(auto ends, SeqpacketPair());
  // Does not block: when the copy has exited, its result is there, or it never comes. Processes that it has
  // left behind may hold its end open.
  TARE_RETURN_IF_ERROR(SetNonBlocking(ends.first.get()));
  const pid_t parent = getpid();
  const std::vector<int> own = OwnFds();
  TARE_ASSIGN_OR_RETURN(Child child, Spawn({}, [&] {
                          std::vector<int> kept = own;
                          kept.insert(kept.end(), keep.begin(), keep.end());
                          kept.push_back(ends.second.get());
                          CloseAllBut(STDERR_FILENO + 1, std::move(kept));
                          return Work(ends.second.get(), parent, body);
                        }));
  const int pidfd = child.pidfd.get();
  std::unique_ptr<Worker> worker(new Worker(std::move(child), std::move(ends.first), std::move(done)));
  TARE_ASSIGN_OR_RETURN(worker->until_end_,
                        loop.Watch(pidfd, EPOLLIN, [raw = worker.get()](uint32_t) { raw->OnEnd(); }));
  return worker;
}

Worker::~Worker() = default;

void Worker::OnEnd() {
  until_end_.End();
  const Child child = child_->Disarm();
  child_.reset();
  const StatusOr<int> status = Wait(child);
  StatusOr<Message> result = ReadResult(socket_.get());
  if (!result.ok() && status.ok() && WIFSIGNALED(*status))
    result = absl::AbortedError(absl::StrCat("the worker was killed by signal ", WTERMSIG(*status)));
  // This must come last, because `done_` may delete this object.
  const Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace tare::kernel
