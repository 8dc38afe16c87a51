#include "usernet/keeper.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "json/reader.h"
#include "json/writer.h"
#include "kernel/arguments.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "kernel/wait.h"
#include "usernet/interface.h"
#include "usernet/programs.h"

namespace tare::usernet {
namespace {

constexpr absl::Duration kReady = absl::Seconds(30);
constexpr absl::Duration kStep = absl::Milliseconds(10);
constexpr size_t kMostOutput = 64 << 10;

// For what the program writes, which is quoted if it fails. The file cannot grow, so a program that never
// stops writing uses no more memory than this.
StatusOr<kernel::Fd> OutputFile() {
  kernel::Fd file(memfd_create("usernet", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return ErrnoError(errno, "memfd_create");
  if (ftruncate(file.get(), kMostOutput) != 0 || fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW) != 0)
    return ErrnoError(errno, "ftruncate");
  return file;
}

// Lines that do not say why the program has exited: pasta's if syslog is not running, and those of
// slirp4netns before and after the reason.
bool IsRemark(absl::string_view line) {
  return absl::StartsWith(line, "Failed to send") || absl::StartsWith(line, "WARNING: ") ||
         absl::StartsWith(line, "child failed(");
}

// The last line, but for remarks.
std::string LastLine(int file) {
  (void)lseek(file, 0, SEEK_SET);
  const std::string text = kernel::ReadAll(file, "output", kMostOutput).value_or("");
  std::string last;
  for (absl::string_view line : absl::StrSplit(text.substr(0, text.find('\0')), '\n')) {
    if (!line.empty() && !IsRemark(line)) last = std::string(line);
  }
  return last;
}

class Keeper {
 public:
  explicit Keeper(const Job& job) : job_(job), request_(*job.request) {}

  StatusOr<cni::Joined> Start() {
    TARE_ASSIGN_OR_RETURN(output_, OutputFile());
    int gate[2];
    int ready[2];
    if (pipe2(gate, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe");
    const kernel::Fd read(gate[0]);
    kernel::Fd write(gate[1]);
    if (pipe2(ready, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe");
    ready_ = kernel::Fd(ready[0]);
    kernel::Fd ready_end(ready[1]);
    const pid_t self = getpid();
    TARE_ASSIGN_OR_RETURN(program_, kernel::Spawn({}, [&] {
                            close(write.get());
                            return RunProgram(self, read.get(), ready_end.get());
                          }));
    ready_end.Close();
    TARE_RETURN_IF_ERROR(EnterNamespaces());
    TARE_RETURN_IF_ERROR(kernel::WriteOnce(write.get(), "x", "pipe"));
    TARE_ASSIGN_OR_RETURN(cni::Joined joined, AwaitInterface());
    // The program has joined. From now on nobody in the container may trace the keeper, whose root directory
    // is the host's: without a PID namespace, the container's root could see it, and it is in its user
    // namespace.
    TARE_RETURN_IF_ERROR(kernel::SetDumpable(kernel::Dumpable::kNo));
    if (request_.program == kSlirp) {
      for (const cni::PortMapping& port : request_.ports) TARE_RETURN_IF_ERROR(Forward(port), "--publish");
      joined.dns.nameservers = {kSlirpNameserver};
    }
    joined.network = request_.program;
    return joined;
  }

  pid_t program() const { return program_.pid; }

  // Returns when the container's init, or the program, has exited.
  void Keep() {
    pollfd fds[] = {{.fd = request_.init, .events = POLLIN}, {.fd = program_.pidfd.get(), .events = POLLIN}};
    (void)kernel::WaitForAny(fds, kernel::Deadline::Never());
  }

  void End() {
    if (program_.pid == 0) return;
    (void)kernel::PidfdSendSignal(program_.pidfd.get(), SIGKILL);
    (void)kernel::Wait(program_);
  }

 private:
  // A child of the keeper. Returns only if the program cannot be executed.
  int RunProgram(pid_t keeper, int gate, int ready) {
    char byte;
    if (read(gate, &byte, 1) != 1) return 1;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int signal = 1; signal < NSIG; ++signal) (void)::signal(signal, SIG_DFL);
    if (dup2(output_.get(), 1) < 0 || dup2(output_.get(), 2) < 0) return 1;
    if (request_.program == kSlirp && fcntl(ready, F_SETFD, 0) != 0) return 1;
    const std::vector<std::string> line =
        CommandLine(request_.program, keeper, request_.ports, job_.socket, ready);
    execv(job_.path.c_str(), kernel::Pointers(line).data());
    return 1;
  }

  // After this, the program can open the namespaces by the keeper's PID.
  Status EnterNamespaces() {
    if (setns(request_.namespaces->user.get(), CLONE_NEWUSER) != 0) return ErrnoError(errno, "setns(user)");
    if (setns(request_.namespaces->network.get(), CLONE_NEWNET) != 0)
      return ErrnoError(errno, "setns(network)");
    return kernel::SetDumpable(kernel::Dumpable::kYes);
  }

  StatusOr<cni::Joined> AwaitInterface() {
    const kernel::Deadline deadline = kernel::Deadline::After(kReady);
    while (!deadline.passed()) {
      TARE_ASSIGN_OR_RETURN(std::optional<cni::Joined> joined, ReadyInterface());
      TARE_ASSIGN_OR_RETURN(const bool ready, IsReady());
      if (joined && ready) return *std::move(joined);
      pollfd fds[] = {{.fd = program_.pidfd.get(), .events = POLLIN},
                      {.fd = request_.init, .events = POLLIN}};
      TARE_ASSIGN_OR_RETURN(const bool ended, kernel::WaitForAny(fds, kernel::Deadline::After(kStep)));
      if (ended)
        return absl::AbortedError(absl::StrCat(request_.program, " has exited: ", LastLine(output_.get())));
    }
    return absl::DeadlineExceededError(
        absl::StrCat(request_.program, " has not configured an interface in ", absl::FormatDuration(kReady)));
  }

  // slirp4netns enters the user namespace and makes its socket only after it has configured the interface. It
  // writes to a pipe then.
  StatusOr<bool> IsReady() {
    if (request_.program != kSlirp) return true;
    char byte;
    TARE_ASSIGN_OR_RETURN(const bool readable,
                          kernel::WaitReadable(ready_.get(), kernel::Deadline::After(absl::ZeroDuration())));
    if (readable && !has_written_) has_written_ = read(ready_.get(), &byte, 1) == 1;
    return has_written_;
  }

  // slirp4netns answers one request for each connection.
  Status Forward(const cni::PortMapping& port) {
    TARE_ASSIGN_OR_RETURN(const kernel::Fd socket, kernel::ConnectUnix(job_.socket, SOCK_STREAM));
    TARE_RETURN_IF_ERROR(kernel::WriteAll(socket.get(), ForwardRequest(port), job_.socket));
    if (shutdown(socket.get(), SHUT_WR) != 0) return ErrnoError(errno, "shutdown");
    TARE_ASSIGN_OR_RETURN(const bool answered,
                          kernel::WaitReadable(socket.get(), kernel::Deadline::After(kReady)));
    if (!answered) return absl::DeadlineExceededError("slirp4netns does not answer");
    TARE_ASSIGN_OR_RETURN(const std::string answer, kernel::ReadAll(socket.get(), job_.socket, kMostOutput));
    return ForwardResult(answer);
  }

  const Job& job_;
  const Request& request_;
  kernel::Child program_;
  kernel::Fd output_;
  kernel::Fd ready_;
  bool has_written_ = false;
};

json::Output ReportOf(pid_t program, const cni::Joined& joined) {
  return {{"program", program},
          {"network", joined.network},
          {"interface", joined.interface},
          {"mac", joined.mac},
          {"addresses", joined.addresses},
          {"gateways", joined.gateways},
          {"nameservers", joined.dns.nameservers}};
}

// Closes what the keeper has inherited from the runtime and does not need.
Status LetGo(const Job& job) {
  kernel::Procfs::Forget();
  log::Close();
  const Request& request = *job.request;
  kernel::CloseAllBut(
      3, {job.channel, request.init, request.namespaces->user.get(), request.namespaces->network.get()});
  TARE_ASSIGN_OR_RETURN(const kernel::Fd null, kernel::Open("/dev/null", O_RDWR));
  TARE_RETURN_IF_ERROR(kernel::SetStandardStreams({null.get(), null.get(), null.get()}));
  if (setsid() < 0 && errno != EPERM) return ErrnoError(errno, "setsid");
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::pair<pid_t, cni::Joined>> ParseReport(const std::string& report) {
  pid_t program = 0;
  cni::Joined joined;
  std::string error;
  TARE_RETURN_IF_ERROR(
      json::Visit(report, "report", json::Remarks::kDrop, json::Top::kObject, [&](json::Value root) {
        error = root["error"].String();
        program = root["program"].Integer<pid_t>();
        joined = {.network = root["network"].String(),
                  .interface = root["interface"].String(),
                  .mac = root["mac"].String(),
                  .addresses = root["addresses"].Strings(),
                  .gateways = root["gateways"].Strings()};
        joined.dns.nameservers = root["nameservers"].Strings();
      }));
  if (!error.empty()) return absl::AbortedError(error);
  return std::pair(program, joined);
}

int RunKeeper(const Job& job) {
  Status ready = LetGo(job);
  const StatusOr<kernel::Message> begin = kernel::Receive(job.channel);
  if (!begin.ok() || begin->bytes.empty()) return 1;
  Keeper keeper(job);
  StatusOr<cni::Joined> joined = ready.ok() ? keeper.Start() : StatusOr<cni::Joined>(ready);
  const json::Output report = joined.ok() ? ReportOf(keeper.program(), *joined)
                                          : json::Output{{"error", std::string(joined.status().message())}};
  if (!joined.ok()) keeper.End();  // before the report, because the runtime kills the keeper then
  const Status sent = kernel::Send(job.channel, json::OneLine(report));
  close(job.channel);
  if (joined.ok() && sent.ok()) keeper.Keep();
  keeper.End();
  return 0;
}

}  // namespace tare::usernet
