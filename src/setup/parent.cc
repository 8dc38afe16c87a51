#include "setup/parent.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "absl/strings/numbers.h"
#include "kernel/file.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "process/attributes.h"
#include "setup/act.h"
#include "setup/listener.h"
#include "setup/process_setup.h"
#include "terminal/pty.h"

namespace tare::setup {
namespace {

std::string ConfiguredCpus(const spec::Config& config) {
  const auto& resources = config.platform.resources;
  return resources ? resources->cpu.cpus.value_or("") : "";
}

// config.md, "execCPUAffinity": an initial list without a final one stays in force, as far as the cgroup's
// cpuset allows it.
Status SetCpus(pid_t pid, const spec::ExecCpuAffinity& affinity) {
  if (!affinity.final.empty()) return process::SetCpuAffinity(pid, affinity.final);
  if (affinity.initial.empty()) process::ForgetCallersCpus(pid);
  return absl::OkStatus();
}

Status WritePidFile(const std::string& path, pid_t pid) {
  const size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  TARE_ASSIGN_OR_RETURN(kernel::Fd dir, kernel::Open(directory, O_PATH | O_DIRECTORY), "--pid-file");
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return Annotate(kernel::ReplaceFile(dir.get(), name, absl::StrCat(pid), 0644), "--pid-file ", path);
}

Status SendPidfd(const std::string& path, int pidfd) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd socket, kernel::ConnectUnix(path, SOCK_STREAM), "--pidfd-socket");
  return Annotate(kernel::Send(socket.get(), "pidfd", {pidfd}), "--pidfd-socket ", path);
}

}  // namespace

Parent::~Parent() {
  KillChild();
}

void Parent::KillChild() {
  if (child_.pidfd) kernel::ChildGuard(std::move(child_));
}

void Parent::Begin(kernel::Child child, Channel channel) {
  child_ = std::move(child);
  channel_.emplace(std::move(channel));
}

Status Parent::Serve(Story& story, const std::optional<spec::Seccomp>& seccomp) {
  for (;;) {
    TARE_ASSIGN_OR_RETURN(Packet packet, channel_->Receive());
    switch (packet.tag) {
      case Tag::kSecondClone:
        TARE_RETURN_IF_ERROR(Adopt(packet.payload));
        TARE_RETURN_IF_ERROR(story.OnSecondClone());
        break;
      case Tag::kContained:
        TARE_RETURN_IF_ERROR(story.OnContained());
        break;
      case Tag::kConsole:
        TARE_RETURN_IF_ERROR(OnConsole(std::move(packet)));
        break;
      case Tag::kListener:
        TARE_RETURN_IF_ERROR(OnListener(packet, story, seccomp));
        break;
      case Tag::kReady:
        return absl::OkStatus();
      case Tag::kFailed:
        return ParseFailure(packet.payload);
      case Tag::kEnd:
        return story.OnEnd();
      default:
        return absl::InternalError("unexpected message from the child");
    }
  }
}

// The first child cloned the second one as its sibling (CLONE_PARENT), so that it is ours to wait
// for, and exits.
Status Parent::Adopt(const std::string& pid) {
  kernel::Child second;
  if (!absl::SimpleAtoi(pid, &second.pid)) return absl::InternalError("malformed pid from the child");
  TARE_ASSIGN_OR_RETURN(second.pidfd, kernel::PidfdOpen(second.pid));
  TARE_RETURN_IF_ERROR(kernel::Wait(child_).status());
  child_ = std::move(second);
  return absl::OkStatus();
}

Status Parent::OnConsole(Packet packet) {
  if (packet.fds.size() != 1) return absl::InternalError("the child sent no terminal");
  if (!console_.socket.empty()) return terminal::SendMaster(console_.socket, packet.fds[0].get());
  if (console_.relayed) TARE_RETURN_IF_ERROR(terminal::PrepareForRelay(packet.fds[0].get()));
  master_ = std::move(packet.fds[0]);
  return absl::OkStatus();
}

Status Parent::OnListener(const Packet& packet, const Story& story,
                          const std::optional<spec::Seccomp>& seccomp) {
  if (!seccomp) return absl::InternalError("the container has no seccomp profile");
  TARE_RETURN_IF_ERROR(PassListener(*seccomp, story.StateForAgent(), child_.pid, packet));
  return Send(Tag::kGo);
}

Status Parent::SetAttributes(const spec::Process& process, const spec::Config& config,
                             const spec::ExecCpuAffinity& affinity) {
  TARE_RETURN_IF_ERROR(process::SetOomScore(child_.pid, process));
  TARE_RETURN_IF_ERROR(SetCpus(child_.pid, affinity));
  return process::SetLimits(child_.pid, process, ConfiguredCpus(config));
}

Status ReportPid(const kernel::Child& child, const std::string& pid_file, const std::string& pidfd_socket) {
  if (!pidfd_socket.empty()) TARE_RETURN_IF_ERROR(SendPidfd(pidfd_socket, child.pidfd.get()));
  return pid_file.empty() ? absl::OkStatus() : WritePidFile(pid_file, child.pid);
}

Status Parent::WhyChildDied(absl::string_view name) {
  const kernel::Child child = std::move(child_);
  TARE_ASSIGN_OR_RETURN(const int status, kernel::Wait(child));
  if (!WIFSIGNALED(status))
    return absl::AbortedError(absl::StrCat(name, " exited with status ", WEXITSTATUS(status)));
  if (WTERMSIG(status) == SIGSYS)
    return absl::AbortedError(absl::StrCat(kFilterForbids, ": ", name, " was killed by SIGSYS"));
  return absl::AbortedError(absl::StrCat(name, " was killed by signal ", WTERMSIG(status)));
}

// Only a filter can prevent the execution without a message from the child, see RunProgram().
bool Parent::HasExecuted() const {
  return !kernel::EndedBeforeExec(child_.pid);
}

}  // namespace tare::setup
