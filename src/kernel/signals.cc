#include "kernel/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace tare::kernel {
namespace {

// The structure of the system call itself. glibc's sigaction(3) refuses signals 32 and 33, which it uses
// itself; but a caller may have ignored them.
struct KernelAction {
  uint64_t handler = 0;  // SIG_DFL
  uint64_t flags = 0;
  uint64_t restorer = 0;
  uint64_t mask = 0;
};

// As in runc's init: signals that are meant to end the process or report its own error, unlike those that it
// may be waiting for.
constexpr int kDeadly[] = {SIGHUP, SIGINT,  SIGQUIT, SIGILL,    SIGTRAP, SIGABRT, SIGBUS,
                           SIGFPE, SIGSEGV, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGSYS};
constexpr int kPassing[] = {SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR};

// With SA_RESETHAND and SA_NODEFER, kill(2) ends the process at once, unless it is process 1.
void Die(int signal) {
  kill(getpid(), signal);
  _exit(128 + signal);
}

// Instead of SIG_IGN, which would stay in force across execve(2).
void PassBy(int) {}

}  // namespace

void SettleSignals() {
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void DieOfBrokenPipe() {
  signal(SIGPIPE, SIG_DFL);
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigprocmask(SIG_UNBLOCK, &pipe, nullptr);
  kill(getpid(), SIGPIPE);
  _exit(128 + SIGPIPE);
}

void ResetSignals() {
  const KernelAction standard;
  for (int signal = 1; signal < NSIG; ++signal)
    syscall(SYS_rt_sigaction, signal, &standard, nullptr, sizeof standard.mask);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void DieOfSignals() {
  struct sigaction action {};
  action.sa_handler = Die;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (int signal : kDeadly) sigaction(signal, &action, nullptr);
  action = {};
  action.sa_handler = PassBy;
  action.sa_flags = SA_RESTART;
  for (int signal : kPassing) sigaction(signal, &action, nullptr);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) sigaction(signal, &action, nullptr);
}

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace tare::kernel
