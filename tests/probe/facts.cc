// What a process sees of itself, one "name value" a line. Asked of the kernel by system calls, for a
// container may have no /proc, and one that is not to be believed.
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>

#include "probe.h"

namespace probe {
namespace {

int Ids(const Arguments&) {
  uid_t real = 0, effective = 0, saved = 0;
  getresuid(&real, &effective, &saved);
  std::printf("uid %u %u %u\n", real, effective, saved);
  getresgid(&real, &effective, &saved);
  std::printf("gid %u %u %u\n", real, effective, saved);
  std::array<gid_t, 1024> groups;
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  std::printf("groups");
  for (int i = 0; i < count; ++i) std::printf(" %u", groups[static_cast<size_t>(i)]);
  std::printf("\n");
  return 0;
}

int Umask(const Arguments&) {
  const mode_t mask = umask(0);
  umask(mask);
  std::printf("umask %04o\n", mask);
  return 0;
}

uint64_t CapabilityBits(int option, unsigned long argument) {
  uint64_t bits = 0;
  for (unsigned long capability = 0; capability < 64; ++capability) {
    const int has =
        argument == 0 ? prctl(option, capability, 0, 0, 0) : prctl(option, argument, capability, 0, 0);
    if (has == 1) bits |= uint64_t{1} << capability;
  }
  return bits;
}

int Caps(const Arguments&) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  syscall(SYS_capget, &header, data);
  const auto join = [](uint32_t low, uint32_t high) { return uint64_t{high} << 32 | low; };
  std::printf("inheritable %016lx\n", join(data[0].inheritable, data[1].inheritable));
  std::printf("permitted %016lx\n", join(data[0].permitted, data[1].permitted));
  std::printf("effective %016lx\n", join(data[0].effective, data[1].effective));
  std::printf("bounding %016lx\n", CapabilityBits(PR_CAPBSET_READ, 0));
  std::printf("ambient %016lx\n", CapabilityBits(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET));
  return 0;
}

int Privileges(const Arguments&) {
  std::printf("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  std::printf("seccomp %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
  std::printf("dumpable %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  std::printf("keep_caps %d\n", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
  std::printf("securebits %d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  int parent_death_signal = 0;
  prctl(PR_GET_PDEATHSIG, &parent_death_signal, 0, 0, 0);
  std::printf("parent_death_signal %d\n", parent_death_signal);
  return 0;
}

int Limits(const Arguments&) {
  static constexpr std::array kNames = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
                                        "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
                                        "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
  for (size_t resource = 0; resource < kNames.size(); ++resource) {
    rlimit limit{};
    getrlimit(static_cast<__rlimit_resource>(resource), &limit);
    std::printf("RLIMIT_%s %lu %lu\n", kNames[resource], limit.rlim_cur, limit.rlim_max);
  }
  return 0;
}

int Cwd(const Arguments&) {
  char path[PATH_MAX];
  std::printf("cwd %s\n", getcwd(path, sizeof path) == nullptr ? strerrorname_np(errno) : path);
  return 0;
}

int Env(const Arguments&) {
  for (char** variable = environ; *variable != nullptr; ++variable) std::printf("env %s\n", *variable);
  return 0;
}

int Names(const Arguments&) {
  utsname name{};
  uname(&name);
  std::printf("hostname %s\ndomainname %s\nmachine %s\n", name.nodename, name.domainname, name.machine);
  return 0;
}

int Descriptors(const Arguments&) {
  for (int fd = 0; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    char target[PATH_MAX] = "?";
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (const ssize_t size = readlink(link.c_str(), target, sizeof target - 1); size > 0) target[size] = '\0';
    std::printf("fd %d %s\n", fd, target);
  }
  return 0;
}

int PrintFile(const char* path) {
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "probe: %s: %s\n", path, std::strerror(errno));
    return 1;
  }
  std::cout << file.rdbuf() << std::flush;
  return 0;
}

int Mounts(const Arguments&) {
  return PrintFile("/proc/self/mountinfo");
}
int Cgroup(const Arguments&) {
  return PrintFile("/proc/self/cgroup");
}

int Namespaces(const Arguments&) {
  for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}) {
    char target[64] = "?";
    const std::string link = std::string("/proc/self/ns/") + name;
    if (const ssize_t size = readlink(link.c_str(), target, sizeof target - 1); size > 0) target[size] = '\0';
    std::printf("ns %s\n", target);
  }
  return 0;
}

int OomScore(const Arguments&) {
  std::printf("oom_score_adj ");
  std::fflush(stdout);
  return PrintFile("/proc/self/oom_score_adj");
}

int Scheduler(const Arguments&) {
  // struct sched_attr of linux/sched/types.h, which does not go together with <sched.h>.
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes{};
  syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0);
  std::printf("scheduler policy=%u nice=%d priority=%u flags=%lu runtime=%lu deadline=%lu period=%lu\n",
              attributes.policy, attributes.nice, attributes.priority, attributes.flags, attributes.runtime,
              attributes.deadline, attributes.period);
  return 0;
}

int IoPriority(const Arguments&) {
  constexpr int kWhoProcess = 1;  // linux/ioprio.h of Linux 6.1.190 is not C++
  constexpr int kClassShift = 13;
  const long value = syscall(SYS_ioprio_get, kWhoProcess, 0);
  std::printf("ioprio class=%ld level=%ld\n", value >> kClassShift, value & 7);
  return 0;
}

int Personality(const Arguments&) {
  std::printf("personality %08x\n", personality(0xffffffff));
  return 0;
}

int Affinity(const Arguments&) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  sched_getaffinity(0, sizeof cpus, &cpus);
  std::printf("affinity");
  for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &cpus)) std::printf(" %zu", cpu);
  }
  std::printf("\n");
  return 0;
}

int MemoryPolicy(const Arguments&) {
  int mode = 0;
  std::array<unsigned long, 16> nodes{};
  const long result = syscall(SYS_get_mempolicy, &mode, nodes.data(), nodes.size() * 64, nullptr, 0);
  std::printf("mempolicy %s mode=%d nodes=%lx\n", result == 0 ? "ok" : strerrorname_np(errno), mode,
              nodes[0]);
  return 0;
}

int Terminal(const Arguments&) {
  for (int fd = 0; fd < 3; ++fd) {
    const char* name = ttyname(fd);
    std::printf("tty %d %s\n", fd, isatty(fd) == 1 ? (name == nullptr ? "unnamed" : name) : "no");
  }
  winsize size{};
  if (ioctl(0, TIOCGWINSZ, &size) == 0) std::printf("size %u rows %u columns\n", size.ws_row, size.ws_col);
  std::printf("controlling %s\n", open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0 ? "yes" : "no");
  std::printf("foreground %s\n", tcgetpgrp(0) == getpgrp() ? "yes" : "no");
  return 0;
}

int Session(const Arguments&) {
  std::printf("pid %d\nppid %d\nleader %s\ngroup_leader %s\n", getpid(), getppid(),
              getsid(0) == getpid() ? "yes" : "no", getpgrp() == getpid() ? "yes" : "no");
  return 0;
}

int Keyring(const Arguments&) {
  char description[256] = {};
  if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, description, sizeof description - 1) <
      0) {
    std::snprintf(description, sizeof description, "%s", strerrorname_np(errno));
  }
  std::printf("keyring %s\n", description);
  char label[256] = {};
  if (syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, label, sizeof label - 1) > 1)
    std::printf("label %s\n", label);
  return 0;
}

int Signals(const Arguments&) {
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (sigismember(&blocked, signal) == 1) std::printf("blocked %d\n", signal);
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      std::printf("ignored %d\n", signal);
  }
  return 0;
}

int Clocks(const Arguments&) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  std::printf("monotonic %ld\n", now.tv_sec);
  clock_gettime(CLOCK_BOOTTIME, &now);
  std::printf("boottime %ld\n", now.tv_sec);
  return 0;
}

}  // namespace

const std::vector<Command> kFacts = {
    {"ids", "", Ids},
    {"umask", "", Umask},
    {"caps", "", Caps},
    {"privileges", "", Privileges},
    {"limits", "", Limits},
    {"cwd", "", Cwd},
    {"env", "", Env},
    {"names", "", Names},
    {"descriptors", "", Descriptors},
    {"mounts", "", Mounts},
    {"cgroup", "", Cgroup},
    {"namespaces", "", Namespaces},
    {"oom-score", "", OomScore},
    {"scheduler", "", Scheduler},
    {"io-priority", "", IoPriority},
    {"execution-domain", "", Personality},
    {"affinity", "", Affinity},
    {"memory-policy", "", MemoryPolicy},
    {"terminal", "", Terminal},
    {"session", "", Session},
    {"keyring", "", Keyring},
    {"signals", "", Signals},
    {"clocks", "", Clocks},
};

}  // namespace probe
