#include "container/gate.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/cord.h"
#include "base/step.h"
#include "door/act.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"
#include "setup/act.h"

namespace tare::container {
namespace {

// runc's name, which is expected by programs that look at init's descriptors.
constexpr char kGate[] = "exec.fifo";
constexpr char kAnswersDirectory[] = "answers";
constexpr char kAnswers[] = "answers/exec.fifo";
constexpr char kGo = door::kContinue;
constexpr char kHooksBegin = 'b';
constexpr char kHooksRan = 'r';
constexpr char kInHooksPayload[] = "tare/in-hooks";
// The smallest capacity of a FIFO (pipe(7)). A message must fit, or init would block if `start` was killed.
constexpr size_t kMaxAnswer = 4096;

StatusOr<kernel::Fd> MakeFifo(const Directory& directory, const char* name) {
  if (mkfifoat(directory.fd(), name, 0600) != 0)
    return ErrnoError(errno, absl::StrCat("mkfifo(", directory.path(), "/", name, ")"));
  return kernel::OpenAt(directory.fd(), name, O_RDWR);
}

// Does not wait for the other end: either init has it open, or init has died.
StatusOr<kernel::Fd> OpenEnd(const Directory& directory, const char* name, int direction) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd end, kernel::OpenAt(directory.fd(), name, direction | O_NONBLOCK));
  TARE_RETURN_IF_ERROR(kernel::SetBlocking(end.get()));
  return end;
}

Status NobodyWaits() {
  return absl::FailedPreconditionError("the container's init process is not waiting to be started");
}

Status Tell(int answers, absl::string_view text) {
  const ssize_t written = write(answers, text.data(), text.size());
  return written < 0 ? ErrnoError(errno, "write(answers/exec.fifo)") : absl::OkStatus();
}

// Only one `start` opens the gate: the one that holds the lock while the gate exists.
Status Enter(const Directory& directory, int go) {
  TARE_RETURN_IF_ERROR(kernel::LockFile(go, "exec.fifo"));
  TARE_ASSIGN_OR_RETURN(const bool stands, GateStands(directory));
  return stands ? absl::OkStatus() : NobodyWaits();
}

Status InHooks(Status status) {
  status.SetPayload(kInHooksPayload, absl::Cord());
  return status;
}

// Waits until the program runs.
Status HearFromInit(int answers) {
  TARE_STEP("wait until init has executed the program");
  TARE_ASSIGN_OR_RETURN(const std::string all, kernel::ReadAll(answers, "started.fifo"));
  bool in_hooks = false;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] == door::kFailed) {
      Status why = setup::ParseFailure(absl::string_view(all).substr(i + 1));
      return in_hooks ? InHooks(std::move(why)) : why;
    }
    in_hooks = all[i] == kHooksBegin;
  }
  return in_hooks ? absl::AbortedError("init was killed while startContainer hooks were running")
                  : absl::OkStatus();
}

}  // namespace

StatusOr<Gate> BuildGate(const Directory& directory) {
  TARE_STEP("build the gate at which init waits: ", directory.path(), "/", kGate);
  Gate gate;
  if (mkdirat(directory.fd(), kAnswersDirectory, 0700) != 0)
    return ErrnoError(errno, absl::StrCat("mkdir(", directory.path(), "/", kAnswersDirectory, ")"));
  TARE_ASSIGN_OR_RETURN(gate.answers, MakeFifo(directory, kAnswers));
  TARE_ASSIGN_OR_RETURN(gate.go, MakeFifo(directory, kGate));
  return gate;
}

Status TellHooks(int answers, HooksPhase phase) {
  return Tell(answers, absl::string_view(phase == HooksPhase::kBegin ? &kHooksBegin : &kHooksRan, 1));
}

void TellStarter(int answers, const Status& why) {
  std::string text = absl::StrCat(std::string(1, door::kFailed), SerializeStatus(why));
  if (text.size() > kMaxAnswer - 2) text.resize(kMaxAnswer - 2);
  (void)Tell(answers, text);
}

Status OpenGate(const Directory& directory) {
  TARE_STEP("open the gate ", directory.path(), "/", kGate);
  StatusOr<kernel::Fd> go = OpenEnd(directory, kGate, O_WRONLY);
  const int error = ErrnoOf(go.status());
  if (error == ENOENT || error == ENXIO) return NobodyWaits();
  TARE_RETURN_IF_ERROR(go.status());
  TARE_RETURN_IF_ERROR(Enter(directory, go->get()));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd answers, OpenEnd(directory, kAnswers, O_RDONLY));
  if (write(go->get(), &kGo, 1) != 1)
    return errno == EPIPE ? NobodyWaits() : ErrnoError(errno, "write(exec.fifo)");
  // If the gate stayed, the container would be in the created state forever.
  if (unlinkat(directory.fd(), kGate, 0) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("unlink(", directory.path(), "/", kGate, ")"));
  unlinkat(directory.fd(), kAnswers, 0);
  unlinkat(directory.fd(), kAnswersDirectory, AT_REMOVEDIR);
  go->Close();  // and with it the lock
  return HearFromInit(answers.get());
}

bool FailedInHooks(const Status& opened) {
  return opened.GetPayload(kInHooksPayload).has_value();
}

StatusOr<bool> GateStands(const Directory& directory) {
  return kernel::Exists(directory.fd(), kGate);
}

}  // namespace tare::container
