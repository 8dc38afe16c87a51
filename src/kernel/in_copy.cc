#include "kernel/in_copy.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/process.h"
#include "kernel/socket.h"

namespace tare::kernel {

Status InCopy(uint64_t clone_flags, absl::string_view name, absl::FunctionRef<Status()> body) {
  TARE_ASSIGN_OR_RETURN(auto ends, SeqpacketPair());
  const pid_t parent = getpid();
  TARE_ASSIGN_OR_RETURN(Child child, Spawn({.flags = clone_flags}, [&] {
                          prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                          if (getppid() != parent) return 1;  // the parent had died before
                          ends.first.Close();
                          return Send(ends.second.get(), SerializeStatus(body())).ok() ? 0 : 1;
                        }));
  const ChildGuard guard(std::move(child));
  ends.second.Close();
  TARE_ASSIGN_OR_RETURN(const Message message, Receive(ends.first.get()));
  return message.bytes.empty() ? absl::AbortedError(absl::StrCat(name, " was killed"))
                               : ParseStatus(message.bytes);
}

}  // namespace tare::kernel
