// Runs a command and lets one system call of one of its processes fail, or kills that process there.
//
//   inject --count REPORT COMMAND...
//   inject --at PROCESS:CALL:N:ERRNO --limit SECONDS REPORT COMMAND...
//
// A process is named by its descent: 0 is the command, 0.2 its second child, 0.2.1 the first child of that.
// A child that executes something is the command's no longer, and is let go: it is a hook, or the
// container's program. --count writes a line "PROCESS CALL COUNT" for each call; --at lets the Nth fail with
// ERRNO, or kills at it if that is SIGKILL, and writes "hit" and the errno's text, or "hung" and where.
// Exits as the command does.
//
// strace --inject counts each call per process and cannot be told which process is meant; it also waits for
// all of them, while a container outlives the command that made it.
#include <seccomp.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#ifndef __x86_64__
#error "a call's number and result are set in x86-64's registers"
#endif

namespace {

struct Process {
  std::string name;
  std::string last;                   // call
  std::map<std::string, int> counts;  // by call
  int children = 0;
  bool failing = false;  // the call that it is in is not made
};

struct Point {
  std::string process;
  std::string call;
  int number = 0;
  std::string fault;
  int error = 0;  // 0: SIGKILL
};

constexpr long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                          PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;

std::map<pid_t, Process> processes;
std::map<std::string, std::map<std::string, int>> ended;  // the counts of processes that are gone
std::set<pid_t> early;  // born, and stopped before their parent told of them
Point point;
std::ofstream report;

[[noreturn]] void Die(const std::string& what) {
  fprintf(stderr, "inject: %s\n", what.c_str());
  exit(125);
}

int ErrorNumber(const std::string& name) {
  for (int number = 1; number < 134; ++number) {
    const char* known = strerrorname_np(number);
    if (known != nullptr && name == known) return number;
  }
  Die("no such errno: " + name);
}

Point ParsePoint(const std::string& text) {
  std::istringstream in(text);
  Point parsed;
  std::string number;
  std::getline(
      std::getline(std::getline(std::getline(in, parsed.process, ':'), parsed.call, ':'), number, ':'),
      parsed.fault);
  parsed.number = atoi(number.c_str());
  if (parsed.number == 0 || parsed.fault.empty()) Die("not PROCESS:CALL:N:ERRNO: " + text);
  if (parsed.fault != "SIGKILL") parsed.error = ErrorNumber(parsed.fault);
  return parsed;
}

std::string CallName(uint64_t number) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
  std::string result = name != nullptr ? name : "syscall_" + std::to_string(number);
  free(name);
  return result;
}

void Go(pid_t pid, int signal = 0) {
  ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
}

void Forget(pid_t pid) {
  const auto found = processes.find(pid);
  if (found == processes.end()) return;
  ended[found->second.name] = found->second.counts;
  processes.erase(found);
}

void Hit(pid_t pid, Process& process) {
  report << "hit " << (point.error != 0 ? strerror(point.error) : point.fault) << std::endl;
  if (point.error == 0) {
    kill(pid, SIGKILL);
  } else {
    ptrace(PTRACE_POKEUSER, pid, 8 * ORIG_RAX, -1L);
    process.failing = true;
  }
}

void OnCall(pid_t pid, Process& process) {
  __ptrace_syscall_info info{};
  ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    process.last = CallName(info.entry.nr);
    const int number = ++process.counts[process.last];
    if (number == point.number && process.last == point.call && process.name == point.process)
      Hit(pid, process);
  } else if (process.failing) {
    ptrace(PTRACE_POKEUSER, pid, 8 * RAX, static_cast<long>(-point.error));
    process.failing = false;
  }
}

void OnBirth(pid_t parent, Process& process) {
  unsigned long born = 0;
  ptrace(PTRACE_GETEVENTMSG, parent, nullptr, &born);
  const pid_t child = static_cast<pid_t>(born);
  processes[child].name = process.name + "." + std::to_string(++process.children);
  if (early.erase(child) != 0) Go(child);
}

void OnStop(pid_t pid, int status, pid_t command) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  const auto found = processes.find(pid);
  if (found == processes.end()) {
    early.insert(pid);
    return;
  }
  if (signal == (SIGTRAP | 0x80)) {
    OnCall(pid, found->second);
  } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
    OnBirth(pid, found->second);
  } else if (event == PTRACE_EVENT_EXEC && pid != command) {
    ptrace(PTRACE_DETACH, pid, nullptr, 0);
    return Forget(pid);
  } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
    ptrace(PTRACE_LISTEN, pid, nullptr, 0);
    return;
  } else if (event == 0) {
    return Go(pid, signal);
  }
  Go(pid);
}

// Kills what is waiting. What has been let go is found by whoever looks for leftovers.
[[noreturn]] void Hung() {
  report << "hung";
  for (const auto& [pid, process] : processes) {
    report << " " << process.name << " in " << process.last;
    kill(pid, SIGKILL);
  }
  report << std::endl;
  exit(124);
}

// Until the command has ended; whatever it leaves behind goes on without us.
int Follow(pid_t command) {
  while (true) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) Hung();
    if (pid < 0) Die("waitpid");
    if (WIFSTOPPED(status)) {
      OnStop(pid, status, command);
      continue;
    }
    Forget(pid);
    if (pid == command) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

pid_t Begin(char** words) {
  int gate[2];
  if (pipe(gate) != 0) Die("pipe");
  const pid_t command = fork();
  if (command < 0) Die("fork");
  if (command == 0) {
    char byte = 0;
    close(gate[1]);
    if (read(gate[0], &byte, 1) == 1) {
      close(gate[0]);
      execvp(words[0], words);
    }
    _exit(127);
  }
  if (ptrace(PTRACE_SEIZE, command, nullptr, kOptions) != 0) Die("PTRACE_SEIZE");
  if (write(gate[1], "x", 1) != 1) Die("write");
  close(gate[0]);
  close(gate[1]);
  return command;
}

void WriteCounts() {
  for (const auto& [pid, process] : processes) ended[process.name] = process.counts;
  for (const auto& [name, counts] : ended) {
    for (const auto& [call, count] : counts) report << name << " " << call << " " << count << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  size_t at = 0;
  if (args.size() > 4 && args[0] == "--at" && args[2] == "--limit") {
    point = ParsePoint(args[1]);
    struct sigaction on_alarm {};
    on_alarm.sa_handler = [](int) {};
    sigaction(SIGALRM, &on_alarm, nullptr);
    alarm(static_cast<unsigned>(atoi(args[3].c_str())));
    at = 4;
  } else if (args.size() > 1 && args[0] == "--count") {
    at = 1;
  }
  if (at == 0 || args.size() < at + 2) Die("see the head of inject.cc");
  report.open(args[at], std::ios::app | std::ios::out);
  const pid_t command = Begin(argv + 1 + at + 1);
  processes[command].name = "0";
  const int code = Follow(command);
  if (point.number == 0) WriteCounts();
  return code;
}
