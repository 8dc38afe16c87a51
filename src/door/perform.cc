#include "door/perform.h"

#include <asm/ioctls.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>

#include "door/syscalls.h"

#if defined(__x86_64__)
// Where a signal handler returns to, as rt_sigaction(2) of this architecture demands.
extern "C" void tare_door_restorer();
asm(".pushsection .text\ntare_door_restorer:\n  mov $15, %eax\n  syscall\n.popsection\n");  // rt_sigreturn
#endif

namespace tare::door {
namespace {

constexpr int kEintr = 4;
constexpr int kEinval = 22;
constexpr int kEproto = 71;
constexpr int kLockExclusive = 2;  // LOCK_EX of sys/file.h

Failure Check(Step step, long result, uint32_t detail = 0) {
  if (result >= 0) return {};
  return {.step = step, .error = static_cast<int32_t>(-result), .detail = detail};
}

long Prctl(long option, long argument = 0, long second = 0) {
  return Call(SYS_prctl, option, argument, second);
}

// The structure of rt_sigaction(2) itself.
struct KernelAction {
  void (*handler)(int) = nullptr;
  uint64_t flags = 0;
  void (*restorer)() = nullptr;
  uint64_t mask = 0;
};

// As in runc's init: signals that are meant to end the process or report its own error, unlike those that it
// may be waiting for.
constexpr int kDeadly[] = {SIGHUP, SIGINT,  SIGQUIT, SIGILL,    SIGTRAP, SIGABRT, SIGBUS,
                           SIGFPE, SIGSEGV, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGSYS};
constexpr int kPassing[] = {SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR};
constexpr int kFirstRealTime = 34;  // 32 and 33 belong to C libraries
constexpr int kLast = 64;

// With SA_RESETHAND and SA_NODEFER, kill(2) ends the process at once, unless it is process 1.
void Die(int signal) {
  Call(SYS_kill, Call(SYS_getpid), signal);
  Call(SYS_exit_group, 128 + signal);
}

// Instead of SIG_IGN, which would stay in force across execve(2).
void PassBy(int) {}

void Handle(int signal, KernelAction action) {
#if defined(__x86_64__)
  constexpr uint64_t kSaRestorer = 0x04000000;
  action.flags |= kSaRestorer;
  action.restorer = tare_door_restorer;
#endif
  Call(SYS_rt_sigaction, signal, Address(&action), 0, sizeof action.mask);
}

// An init that waits to be started ends on every signal that ends a process, even if it is process 1.
void DieOfSignals() {
  for (int signal : kDeadly)
    Handle(signal, {.handler = Die, .flags = static_cast<unsigned>(SA_RESETHAND) | SA_NODEFER});
  for (int signal : kPassing) Handle(signal, {.handler = PassBy, .flags = SA_RESTART});
  for (int signal = kFirstRealTime; signal <= kLast; ++signal)
    Handle(signal, {.handler = PassBy, .flags = SA_RESTART});
}

Failure Send(int fd, const char* bytes, unsigned long size) {
  long sent = 0;
  do sent = Call(SYS_write, fd, Address(bytes), static_cast<long>(size));
  while (sent == -kEintr);
  return Check(Step::kSend, sent);
}

// A message that has this byte only.
Failure Receive(int fd, char expected) {
  char byte = 0;
  long got = 0;
  do got = Call(SYS_read, fd, Address(&byte), 1);
  while (got == -kEintr);
  if (got == 0) return {.step = Step::kRuntimeExited, .error = kEproto};
  if (got > 0 && byte != expected) return {.step = Step::kReceive, .error = kEproto};
  return Check(Step::kReceive, got);
}

void SendSecondClone(int channel, long pid) {
  char message[24];
  char* digit = message + sizeof message;
  do *--digit = static_cast<char>('0' + pid % 10);
  while ((pid /= 10) != 0);
  *--digit = kSecondClone;
  (void)Send(channel, digit, static_cast<unsigned long>(message + sizeof message - digit));
}

// A pid namespace is entered only by new children. The child is a sibling of this process (CLONE_PARENT), and
// the runtime has to know about it before it goes on, because what it sends is about itself.
Failure EnterPidNamespace(const Act& act) {
  if (act.init < 0) return {};
  if (Failure failure = Check(Step::kPidNamespace, Call(SYS_setns, act.init, CLONE_NEWPID))) return failure;
  const long pid = Call(SYS_clone, CLONE_PARENT | SIGCHLD);
  if (pid < 0) return Check(Step::kClone, pid);
  if (pid > 0) {
    SendSecondClone(act.channel, pid);
    Call(SYS_exit_group, 0);
  }
  return Receive(act.channel, kAdopted);
}

Failure BeginSession(const Act& act) {
  if (act.new_session)
    if (Failure failure = Check(Step::kSession, Call(SYS_setsid))) return failure;
  if (!act.takes_terminal) return {};
  return Check(Step::kTerminal, Call(SYS_ioctl, 0, TIOCSCTTY, 0));
}

Failure LetRuntimeAct(const Act& act) {
  if (!act.sends_contained) return {};
  if (Failure failure = Send(act.channel, &kContained, 1)) return failure;
  return Receive(act.channel, kContinue);
}

// Attributes belong to a thread, and only the program that opened the file may write it (Linux 5.13): so both
// happen here, after the exec that led here.
long WriteLabel(int procfs, const char* attribute, const char* label, uint32_t size) {
  const open_how how{.flags = O_WRONLY | O_CLOEXEC,
                     .mode = 0,
                     .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS};
  const long fd = Call(SYS_openat2, procfs, Address(attribute), Address(&how), sizeof how);
  if (fd < 0) return fd;
  const long written = Call(SYS_write, fd, Address(label), static_cast<long>(size) - 1);
  Call(SYS_close, fd);
  return written;
}

Failure SetLabels(const Act& act) {
  if (act.apparmor.size != 0) {
    const long set = WriteLabel(act.procfs, kApparmorAttribute, act.at(act.apparmor), act.apparmor.size);
    if (set < 0 && (act.needs_apparmor || set != -kEinval)) return Check(Step::kApparmor, set);
  }
  if (act.selinux.size == 0) return {};
  return Check(Step::kSelinux,
               WriteLabel(act.procfs, kSelinuxAttribute, act.at(act.selinux), act.selinux.size));
}

// Up to the kernel's last capability, which may be newer than our list. Without CAP_SETPCAP nothing may be
// dropped, not even a capability that is no longer in the set.
Failure DropBounding(uint64_t kept) {
  for (uint32_t i = 0; i < 64; ++i) {
    if ((kept >> i & 1) != 0) continue;
    const long dropped = Prctl(PR_CAPBSET_DROP, i);
    if (dropped == 0) continue;
    const long held = Prctl(PR_CAPBSET_READ, i);
    if (held < 0) return {};
    if (held == 1) return Check(Step::kBoundingSet, dropped, i);
  }
  return {};
}

// capset(2) takes each set as two 32-bit words, the low one first.
long SetCapabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  for (unsigned word = 0; word < _LINUX_CAPABILITY_U32S_3; ++word) {
    const unsigned shift = 32 * word;
    data[word] = {.effective = static_cast<uint32_t>(sets.effective >> shift),
                  .permitted = static_cast<uint32_t>(sets.permitted >> shift),
                  .inheritable = static_cast<uint32_t>(sets.inheritable >> shift)};
  }
  return Call(SYS_capset, Address(&header), Address(data));
}

Failure RaiseAmbient(uint64_t ambient) {
  if (Failure failure = Check(Step::kAmbientSet, Prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), 64))
    return failure;
  for (uint32_t i = 0; i < 64; ++i) {
    if ((ambient >> i & 1) == 0) continue;
    if (Failure failure = Check(Step::kAmbientSet, Prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i), i))
      return failure;
  }
  return {};
}

Failure BecomeUser(const Act& act) {
  if (Failure failure = DropBounding(act.bounding)) return failure;
  if (Failure failure = Check(Step::kKeepCapabilities, Prctl(PR_SET_KEEPCAPS, 1))) return failure;
  const long user = act.user;
  const long group = act.group;
  if (Failure failure = Check(Step::kGroup, Call(SYS_setresgid, group, group, group), act.group))
    return failure;
  if (Failure failure = Check(Step::kUser, Call(SYS_setresuid, user, user, user), act.user)) return failure;
  if (Failure failure = Check(Step::kCapabilities, SetCapabilities(act.capabilities))) return failure;
  return RaiseAmbient(act.ambient);
}

}  // namespace

Failure TakeIdentity(const Act& act) {
  if (Failure failure = EnterPidNamespace(act)) return failure;
  if (Failure failure = BeginSession(act)) return failure;
  if (Failure failure = LetRuntimeAct(act)) return failure;
  if (Failure failure = SetLabels(act)) return failure;
  if (act.no_new_privileges) {
    if (Failure failure = Check(Step::kNoNewPrivileges, Prctl(PR_SET_NO_NEW_PRIVS, 1))) return failure;
  }
  if (Failure failure = BecomeUser(act)) return failure;
  // Changing the user has set the dumpable attribute to the value of fs.suid_dumpable (proc(5)).
  return Check(Step::kDumpable, Prctl(PR_SET_DUMPABLE, 0));
}

Failure AwaitStart(const Act& act, bool& started) {
  if (!act.sends_ready) return {};
  if (act.go >= 0) DieOfSignals();
  if (Failure failure = Send(act.channel, &kReady, 1)) return failure;
  if (act.go < 0) return Receive(act.channel, kStart);
  Call(SYS_close, act.channel);
  for (Failure failure = Receive(act.go, kContinue); failure; failure = Receive(act.go, kContinue))
    if (failure.error != kEproto) return failure;  // any other byte is ignored
  started = true;
  if (act.lets_starter_finish) Call(SYS_flock, act.go, kLockExclusive);
  return {};
}

Failure Confine(const Act& act) {
  if (act.filter.size != 0) {
    const sock_fprog program{.len = static_cast<unsigned short>(act.filter.size / sizeof(sock_filter)),
                             .filter = reinterpret_cast<sock_filter*>(const_cast<char*>(act.at(act.filter)))};
    const long installed = Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, act.filter_flags, Address(&program));
    if (installed < 0) return Check(Step::kFilter, installed);
  }
  if (!act.sets_final_capabilities) return {};
  return Check(Step::kFinalCapabilities, SetCapabilities(act.final_capabilities));
}

Failure Execute(const Act& act, char* const* args, char* const* env) {
  return Check(Step::kExecute, Call(SYS_execve, Address(act.at(act.path)), Address(args), Address(env)));
}

void SendReport(const Act& act, const Failure& failure, bool started) {
  // The smallest capacity of a FIFO (pipe(7)): init must not block if `start` was killed.
  constexpr uint32_t kRoom = 4096 - 2;
  char message[kRoom];
  const Report report{.failure = failure};
  const char* head = reinterpret_cast<const char*>(&report);
  uint32_t size = 0;
  for (; size < sizeof report; ++size) message[size] = head[size];
  for (uint32_t i = 0; i < act.text.size && size < kRoom; ++i) message[size++] = act.at(act.text)[i];
  (void)Send(started && act.answers >= 0 ? act.answers : act.channel, message, size);
}

}  // namespace tare::door
