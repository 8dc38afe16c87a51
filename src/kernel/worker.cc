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

// What the copy says, in one message.
constexpr char kFailed = 'f';  // SerializeStatus
constexpr char kHere = 'h';    // the bytes
constexpr char kInFile = 'm';  // the bytes are in a memfd, the last descriptor

constexpr size_t kMostHere = kMaxMessage - 1;
constexpr size_t kMostInFile = 64 << 20;

// Kept by objects of the whole process, which would go on using the numbers.
std::vector<int> OwnFds() {
  const StatusOr<const Procfs*> procfs = Procfs::Get();
  std::vector<int> own = procfs.ok() ? (*procfs)->Descriptors() : std::vector<int>();
  own.push_back(log::Descriptor());
  return own;
}

Status Tell(int socket, const Message& result) {
  std::vector<int> fds;
  for (const Fd& fd : result.fds) fds.push_back(fd.get());
  if (result.bytes.size() <= kMostHere) return Send(socket, absl::StrCat("h", result.bytes), fds);
  TARE_ASSIGN_OR_RETURN(const Fd file, MemoryFile("result", result.bytes));
  fds.push_back(file.get());
  return Send(socket, "m", fds);
}

int Work(int socket, pid_t parent, absl::FunctionRef<StatusOr<Message>()> body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) return 1;  // it died before that
  StatusOr<Message> result = body();
  Status told = result.ok() ? Tell(socket, *result) : result.status();
  if (!told.ok()) told = Send(socket, absl::StrCat("f", SerializeStatus(told)).substr(0, kMaxMessage));
  return told.ok() ? 0 : 1;
}

StatusOr<Message> ReadResult(int socket) {
  TARE_ASSIGN_OR_RETURN(Message message, Receive(socket));
  if (message.bytes.empty()) return absl::AbortedError("the worker exited without a result");
  const char kind = message.bytes[0];
  message.bytes.erase(0, 1);
  if (kind == kFailed) return ParseStatus(message.bytes);
  if (kind == kHere) return message;
  if (kind != kInFile || message.fds.empty()) return absl::InternalError("the worker's result is malformed");
  TARE_ASSIGN_OR_RETURN(message.bytes, ReadAll(message.fds.back().get(), "result", kMostInFile));
  message.fds.pop_back();
  return message;
}

}  // namespace

StatusOr<std::unique_ptr<Worker>> Worker::Start(Loop& loop, const std::vector<int>& keep,
                                                absl::FunctionRef<StatusOr<Message>()> body, Done done) {
  TARE_ASSIGN_OR_RETURN(auto ends, SeqpacketPair());
  // What the copy leaves behind may hold its end open: the result is there when the copy has ended, or never.
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
  // The last thing: `done_` may delete this object.
  const Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace tare::kernel
