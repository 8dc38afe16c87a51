#include "supervise/supervisor.h"

#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "container/container.h"
#include "kernel/procfs.h"
#include "kernel/signals.h"
#include "kernel/socket.h"
#include "lifecycle/destroy.h"
#include "lifecycle/notify_socket.h"
#include "supervise/container_worker.h"

namespace tare::supervise {
namespace {

// How long attached clients have to read the last output of a container.
constexpr absl::Duration kDrainTime = absl::Seconds(10);

absl::Duration Now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

StatusOr<session::SupervisorRecord> NewRecord(const Options& options) {
  TARE_ASSIGN_OR_RETURN(const uint64_t start_time, kernel::ProcessStartTime(getpid()));
  return session::SupervisorRecord{.pid = getpid(),
                                   .start_time = start_time,
                                   .policy = PolicyName(options.restart),
                                   .log = options.log.path,
                                   .log_files = options.log.max_files,
                                   .stdin_open = options.input == Stdin::kOpen};
}

bool WasOomKilled(const lifecycle::Runtime& runtime, const std::string& id) {
  const StatusOr<container::Container> container = container::Load(runtime.root, id);
  return container.ok() && container->cgroup->OomKilled();
}

}  // namespace

Status Supervisor::Run(const lifecycle::Runtime& runtime, const Options& options,
                       const session::Session& session, kernel::Fd& launcher, int first_own) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd listener, session.Listen());
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<kernel::Loop> loop, kernel::Loop::Make());
  TARE_ASSIGN_OR_RETURN(session::LogWriter log, session::LogWriter::Open(options.log), "the log");
  Supervisor supervisor(runtime, options, session, launcher, first_own, *loop, std::move(log));
  TARE_ASSIGN_OR_RETURN(supervisor.record_, NewRecord(options));
  TARE_ASSIGN_OR_RETURN(supervisor.control_server_,
                        ControlServer::Open(*loop, std::move(listener), supervisor));
  TARE_RETURN_IF_ERROR(supervisor.Begin());
  TARE_RETURN_IF_ERROR(loop->Run());
  if (supervisor.failure_.ok() && options.remove) supervisor.RemoveContainer();
  return supervisor.failure_;
}

Status Supervisor::Begin() {
  TARE_RETURN_IF_ERROR(session_.Save(record_));
  TARE_RETURN_IF_ERROR(session_.Reserve());
  TARE_RETURN_IF_ERROR(WatchSignals());
  return StartCreating(Creation::kFirst);
}

Status Supervisor::WatchSignals() {
  kernel::BlockSignals();
  sigset_t all;
  sigfillset(&all);
  signals_ = kernel::Fd(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return ErrnoError(errno, "signalfd");
  TARE_ASSIGN_OR_RETURN(on_signals_, loop_.Watch(signals_.get(), EPOLLIN, [this](uint32_t) { OnSignal(); }));
  return absl::OkStatus();
}

// A signal that ends the supervisor ends the container, even if that is being created again.
void Supervisor::OnSignal() {
  signalfd_siginfo info;
  if (read(signals_.get(), &info, sizeof info) != sizeof info) return;
  switch (info.ssi_signo) {
    case SIGCHLD:
      return Reap();
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
    case SIGHUP:
      ending_ = static_cast<int>(info.ssi_signo);
      return OnStopRestarting([this] {
        if (init_.pidfd) (void)kernel::PidfdSendSignal(init_.pidfd.get(), ending_);
      });
    default:
      return;
  }
}

// Children that the container has left behind. A worker and what it has just created are
// waited for elsewhere.
void Supervisor::Reap() {
  if (worker_) return;
  siginfo_t info{};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0) {
    if (init_.pidfd && info.si_pid == init_.pid) return;
    waitpid(info.si_pid, nullptr, 0);
    info = {};
  }
}

Status Supervisor::StartCreating(Creation creation) {
  phase_ = Phase::kCreating;
  TARE_ASSIGN_OR_RETURN(stdio_, Stdio::Make(loop_, options_.input, *this));
  std::vector<int> keep;
  for (int fd = STDERR_FILENO + 1; fd < first_own_; ++fd) keep.push_back(fd);
  for (const kernel::Fd& end : stdio_->container_ends()) keep.push_back(end.get());
  const auto work = [this, creation] {
    return creation == Creation::kFirst ? CreateContainer(runtime_, options_, *stdio_)
                                        : RecreateContainer(runtime_, options_, *stdio_);
  };
  TARE_ASSIGN_OR_RETURN(worker_,
                        kernel::Worker::Start(loop_, keep, work, [this](StatusOr<kernel::Message> result) {
                          OnCreated(std::move(result));
                        }));
  stdio_->GiveUpContainerEnds();
  return absl::OkStatus();
}

void Supervisor::OnCreated(StatusOr<kernel::Message> result) {
  loop_.Soon([this] {
    worker_.reset();
    Reap();
  });
  const bool exists = result.ok();
  Status status = exists ? TakeOver(*std::move(result)) : result.status();
  if (exists && !status.ok()) (void)lifecycle::Destroy(runtime_, options_.create.id);
  if (status.ok()) {
    phase_ = Phase::kExists;
    if (!AwaitsReady()) ReleaseLauncher();
  } else if (launcher_) {
    failure_ = std::move(status);
    loop_.Stop();
    return;
  } else {
    OnNoRestart(status);
  }
  for (const std::function<void()>& done : std::exchange(awaiting_container_, {})) done();
}

Status Supervisor::TakeOver(kernel::Message result) {
  TARE_ASSIGN_OR_RETURN(lifecycle::ChildProcess child, lifecycle::ParseChildProcess(std::move(result)));
  init_ = std::move(child.process);
  TARE_ASSIGN_OR_RETURN(until_end_,
                        loop_.Watch(init_.pidfd.get(), EPOLLIN, [this](uint32_t) { OnInitEnd(); }));
  if (child.master) TARE_RETURN_IF_ERROR(stdio_->TakeMaster(std::move(child.master)));
  if (child.notify) TARE_RETURN_IF_ERROR(RelayFrom(std::move(child.notify)));
  record_.terminal = stdio_->has_terminal();
  session_.ForgetExit();
  exit_.reset();
  began_ = Now();
  if (options_.until == Until::kRunning || record_.restarts > 0) {
    NoteStarted();
    return absl::OkStatus();
  }
  return session_.Save(record_);
}

void Supervisor::EndRelay() {
  if (!relay_) return;
  relay_->Step();  // its last message
  on_notify_.End();
  relay_.reset();
  ReleaseLauncher();
}

// We are the main process of a service, because the container's init may end and be created again.
Status Supervisor::RelayFrom(kernel::Fd notify) {
  TARE_ASSIGN_OR_RETURN(lifecycle::NotifyRelay relay,
                        lifecycle::NotifyRelay::Make(std::move(notify), getpid()));
  // If that socket is gone, `run --detach` reports it; here nobody would see it. (The caller may have
  // exited long ago.)
  (void)relay.Connect(lifecycle::CallersNotifySocket());
  relay_.emplace(std::move(relay));
  TARE_ASSIGN_OR_RETURN(on_notify_, loop_.Watch(relay_->fd(), EPOLLIN, [this](uint32_t) { OnNotify(); }));
  return absl::OkStatus();
}

void Supervisor::OnNotify() {
  relay_->Step();
  if (!AwaitsReady()) ReleaseLauncher();
}

// As with `run --detach`, the launcher also returns if the container ends before it is ready.
bool Supervisor::AwaitsReady() const {
  return options_.until == Until::kRunning && relay_ && !relay_->settled();
}

void Supervisor::ReleaseLauncher() {
  if (launcher_) (void)kernel::Send(launcher_.get(), SerializeStatus(absl::OkStatus()));
  launcher_.Close();
}

void Supervisor::NoteStarted() {
  began_ = Now();
  record_.started = container::Timestamp();
  (void)session_.Save(record_);
}

// `start` sends this before it finds out that the container is already running.
void Supervisor::OnProgramStarts() {
  if (record_.started.empty()) NoteStarted();
}

void Supervisor::OnInitEnd() {
  until_end_.End();
  EndRelay();
  const StatusOr<int> status = kernel::Wait(init_);
  const int code = status.ok() ? kernel::ExitCode(*status) : 255;
  exit_ = spec::Exit{.pid = init_.pid,
                     .status = code,
                     .at = container::Timestamp(),
                     .oom_killed = code == 128 + SIGKILL && WasOomKilled(runtime_, options_.create.id)};
  init_ = {};
  if (Status saved = session_.SaveExit(*exit_); !saved.ok())
    log_.Say(absl::StrCat("cannot save the exit status ", code, ": ", saved.message()));
  Reap();
  phase_ = Phase::kDraining;
  timer_ = loop_.After(kDrainTime, [this] { control_server_->SetPatience(ControlServer::Patience::kNone); });
  OnCaughtUp();
}

void Supervisor::OnCaughtUp() {
  if (phase_ == Phase::kOver) return ReportExit();
  if (!stdio_ || control_server_->busy()) return;
  (void)stdio_->Resume();
  if (phase_ == Phase::kDraining && stdio_->Drain()) FinishRun();
}

void Supervisor::FinishRun() {
  timer_.End();
  log_.End();
  control_server_->SetPatience(ControlServer::Patience::kSome);
  control_server_->HoldInput(false);
  // Later, because we may have been called by it.
  loop_.Soon([gone = std::shared_ptr<Stdio>(std::move(stdio_))] {});
  const bool again =
      !no_restart_ && !being_dumped_ && WantsRestart(options_.restart, exit_->status, record_.restarts);
  again ? BackOff() : End();
}

void Supervisor::BackOff() {
  phase_ = Phase::kBackingOff;
  malloc_trim(0);
  timer_ = loop_.After(backoff_.Next(Now() - began_), [this] { Restart(); });
}

void Supervisor::Restart() {
  ++record_.restarts;
  const Status status = StartCreating(Creation::kAgain);
  if (!status.ok()) OnNoRestart(status);
}

void Supervisor::OnNoRestart(const Status& why) {
  --record_.restarts;
  log_.Say(absl::StrCat("cannot restart the container: ", why.message()));
  End();
}

void Supervisor::End() {
  phase_ = Phase::kOver;
  record_.ended = true;
  (void)session_.Save(record_);
  session_.StopListening();
  if (stdio_) stdio_->Pause();
  ReportExit();
}

// Attached clients get all output first, then the exit.
void Supervisor::ReportExit() {
  if (control_server_->busy()) return;
  if (!std::exchange(exit_reported_, true)) control_server_->SendExit(exit_ ? spec::ExitJson(*exit_) : "");
  if (!control_server_->busy()) loop_.Stop();
}

// Its clients have the exit. A container that was saved by CRIU is left to `tare restore` or `tare delete`.
void Supervisor::RemoveContainer() {
  if (being_dumped_) return;
  if (const Status deleted = lifecycle::Destroy(runtime_, options_.create.id); !deleted.ok())
    return log_.Say(absl::StrCat("cannot delete the container: ", deleted.message()));
  (void)session_.Remove();
}

void Supervisor::OnOutput(session::Stream stream, absl::string_view bytes) {
  log_.Add(stream, bytes);
  control_server_->Show(stream, bytes);
  if (control_server_->busy()) stdio_->Pause();
}

void Supervisor::OnStopRestarting(std::function<void()> done) {
  no_restart_ = true;
  OnAwaitContainer(std::move(done));
  if (phase_ == Phase::kBackingOff) End();
}

void Supervisor::OnDump(bool begins) {
  being_dumped_ = begins;
}

void Supervisor::OnAwaitContainer(std::function<void()> done) {
  if (phase_ != Phase::kCreating) return done();
  awaiting_container_.push_back(std::move(done));
}

void Supervisor::OnInput(absl::string_view bytes) {
  if (!stdio_) return;
  stdio_->Write(bytes);
  if (stdio_->input_waits()) control_server_->HoldInput(true);
}

void Supervisor::OnInputRoom() {
  control_server_->HoldInput(false);
}

void Supervisor::OnEndInput() {
  if (stdio_) stdio_->EndInput();
}

void Supervisor::OnSize(uint16_t rows, uint16_t columns) {
  if (stdio_) stdio_->Resize(rows, columns);
}

}  // namespace tare::supervise
