#include "setup/process_setup.h"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/step.h"
#include "door/perform.h"
#include "kernel/arguments.h"
#include "kernel/file.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "process/identity.h"
#include "process/program.h"
#include "process/traits.h"
#include "security/capabilities.h"
#include "setup/make_act.h"

namespace tare::setup {
namespace {

// Whether the descriptor is a listener by now: then, no notification has this number (ENOENT).
bool IsListener(int fd) {
  uint64_t id = 0;
  return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0 || errno == ENOENT;
}

int SendOnceInstalled(int listener, Channel& channel) {
  const timespec pause{.tv_sec = 0, .tv_nsec = 20'000};
  while (!IsListener(listener)) nanosleep(&pause, nullptr);
  const StatusOr<kernel::Fd> self = kernel::PidfdOpen(getpid());
  return self.ok() && channel.Send(Tag::kListener, "", {listener, self->get()}).ok() ? 0 : 1;
}

// The filter may also notify of sendmsg(2): a process under it that sends its own listener would wait for
// ever. So another process sends it, which shares our descriptors but is not under the filter. We cannot reap
// that process, because the filter may forbid wait4(2): the kernel does (SA_NOCLDWAIT), and the parent waits
// until it has ended.
StatusOr<kernel::Fd> InstallNotifying(const ProcessSetup& setup, Channel& channel) {
  struct sigaction no_zombies {};
  no_zombies.sa_handler = SIG_DFL;
  no_zombies.sa_flags = SA_NOCLDWAIT;
  if (sigaction(SIGCHLD, &no_zombies, nullptr) != 0) return ErrnoError(errno, "sigaction(SIGCHLD)");
  // Reserves the lowest free number, which the listener will get.
  TARE_ASSIGN_OR_RETURN(kernel::Fd reserved, kernel::Duplicate(channel.fd()));
  const int number = reserved.get();
  TARE_ASSIGN_OR_RETURN(const kernel::Child sender, kernel::Spawn({.flags = CLONE_FILES}, [&] {
                          return SendOnceInstalled(number, channel);
                        }));
  reserved.Close();
  StatusOr<kernel::Fd> listener = security::InstallSeccomp(*setup.seccomp);
  if (listener.ok()) return listener;
  (void)kernel::PidfdSendSignal(sender.pidfd.get(), SIGKILL);
  return Annotate(listener.status(), "/linux/seccomp");
}

// The permissions of the user who will run the program, for as long as this exists: a file may be found or a
// directory entered by that user only, or not by that user.
class AsUser {
 public:
  AsUser(const spec::User& user, uint64_t effective) : user_(user), effective_(effective) {}
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;
  ~AsUser() {
    (void)process::SetEffectiveIds(0, 0);
    (void)security::SetEffective(~uint64_t{0});
    // Changing the user has set the dumpable attribute to the value of fs.suid_dumpable (proc(5)).
    (void)kernel::BecomeUndumpable();
  }

  Status Begin() {
    TARE_RETURN_IF_ERROR(process::SetEffectiveIds(user_.uid, user_.gid), "/process/user");
    return security::SetEffective(effective_);
  }

 private:
  const spec::User& user_;
  const uint64_t effective_;
};

// As root first: the user may not be allowed to enter it (a home directory of mode 0700 with --user).
Status EnterWorkingDirectory(const std::string& cwd, AsUser& user) {
  TARE_STEP("enter the working directory ", cwd);
  TARE_ASSIGN_OR_RETURN(process::Entered entered, process::EnterWorkingDirectory(cwd));
  TARE_RETURN_IF_ERROR(user.Begin());
  if (entered == process::Entered::kYes) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(entered, process::EnterWorkingDirectory(cwd));
  if (entered == process::Entered::kYes) return absl::OkStatus();
  return ErrnoError(EACCES, absl::StrCat("chdir to cwd (\"", cwd, "\") set in config.json failed"));
}

Status ToStatus(const door::Failure& failure, const door::Act& act) {
  return failure ? StatusOf(failure, {act.at(act.text), act.text.size}) : absl::OkStatus();
}

}  // namespace

StatusOr<ProcessSetup> MakeProcessSetup(spec::Process process, const spec::Linux& platform,
                                        std::optional<security::SeccompProgram> seccomp, int preserve_fds) {
  if (seccomp) log::Debug("seccomp filter flags: ", seccomp->flags);
  TARE_ASSIGN_OR_RETURN(InheritedFds fds, PassFds(preserve_fds));
  return ProcessSetup{.process = std::move(process),
                      .seccomp = std::move(seccomp),
                      .personality = platform.personality,
                      .memory_policy = platform.memory_policy,
                      .fds = std::move(fds)};
}

StatusOr<Program> SetUpProcess(const ProcessSetup& setup, const door::Act& act, absl::string_view context) {
  const spec::Process& process = setup.process;
  if (setup.personality) TARE_RETURN_IF_ERROR(process::SetPersonality(*setup.personality));
  if (setup.memory_policy) TARE_RETURN_IF_ERROR(process::SetMemoryPolicy(*setup.memory_policy));
  // All that the runtime opened closes on exec already. This is for what it did not open (CVE-2024-21626).
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(setup.fds.first_closed));
  // Computed here, because a process in a user namespace may have more to grant than the runtime.
  const security::CapabilitySets capabilities = security::Capabilities(process);
  process::OwnStandardStreams(process.user.uid);
  umask(process.user.umask.value_or(kDefaultUmask));
  TARE_RETURN_IF_ERROR(process::TakeGroups(process.user), "/process/user");
  Program program;
  ActText text{.context = std::string(context)};
  {
    AsUser user(process.user, capabilities.effective);
    TARE_RETURN_IF_ERROR(EnterWorkingDirectory(process.cwd, user));
    program.env = process::CompleteEnvironment(process.env, process.user.uid);
    program.env.insert(program.env.end(), setup.fds.env.begin(), setup.fds.env.end());
    TARE_ASSIGN_OR_RETURN(text.path, process::FindProgram(process.args[0], program.env));
    text.what_is_missing = process::WhatIsMissing(text.path);
  }
  TARE_ASSIGN_OR_RETURN(program.act, MakeAct(setup, act, capabilities, std::move(text)));
  return program;
}

Status TakeIdentity(const Program& program) {
  return ToStatus(door::TakeIdentity(program.act.act()), program.act.act());
}

Status AwaitStart(const ActBlock& act, bool& started) {
  return ToStatus(door::AwaitStart(act.act(), started), act.act());
}

Status Confine(const Program& program) {
  kernel::ReserveHeap();
  return ToStatus(door::Confine(program.act.act()), program.act.act());
}

Status ConfineNotifying(const ProcessSetup& setup, Program& program, Channel& channel) {
  if (!setup.seccomp || !setup.seccomp->notifies) return absl::OkStatus();
  door::Act& act = program.act.act();
  kernel::ReserveHeap();
  TARE_ASSIGN_OR_RETURN(program.listener, InstallNotifying(setup, channel));
  act.filter = {};
  act.lets_starter_finish = false;  // the agent may be asked whether we may call flock(2)
  // The sender shares our descriptors, so the channel must stay open until it has sent.
  TARE_RETURN_IF_ERROR(channel.Await(Tag::kGo));
  TARE_RETURN_IF_ERROR(Confine(program));
  act.sets_final_capabilities = false;
  return absl::OkStatus();
}

Status RunProgram(const ProcessSetup& setup, const Program& program) {
  const std::vector<char*> args = kernel::Pointers(setup.process.args);
  const std::vector<char*> env = kernel::Pointers(program.env);
  TARE_RETURN_IF_ERROR(Confine(program));
  const door::Act& act = program.act.act();
  return ToStatus(door::Execute(act, args.data(), env.data()), act);
}

Status RunThroughDoor(const ProcessSetup& setup, const Program& program, const door::Executable& door) {
  const door::Act& act = program.act.act();
  std::vector<int> needed;
  for (int fd : {act.channel, act.init, act.go, act.answers, act.procfs})
    if (fd >= 0) needed.push_back(fd);
  Status status = door.Execute(program.act.bytes(), needed, setup.process.args, program.env);
  // The arguments are those of the program, and so is their error.
  if (ErrnoOf(status) != E2BIG) return status;
  return StatusOf({.step = door::Step::kExecute, .error = E2BIG}, {act.at(act.text), act.text.size});
}

}  // namespace tare::setup
