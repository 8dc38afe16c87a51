// What a test wants a container's process to do.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "probe.h"

namespace probe {
namespace {

int Args(const Arguments& arguments) {
  for (const std::string& argument : arguments) std::printf("arg %s\n", argument.c_str());
  return 0;
}

int Exit(const Arguments& arguments) {
  return std::atoi(arguments.at(0).c_str());
}

int Die(const Arguments& arguments) {
  const int number = std::atoi(arguments.at(0).c_str());
  std::signal(number, SIG_DFL);
  kill(getpid(), number);
  return 1;  // pid 1 of a pid namespace is deaf to its own signals
}

int Sleep(const Arguments& arguments) {
  std::printf("sleeping\n");
  const timespec time{.tv_sec = std::atol(arguments.at(0).c_str()), .tv_nsec = 0};
  nanosleep(&time, nullptr);
  return 0;
}

// Runs WORDS with every signal ignored and blocked, as some daemons run what they start. By system calls: the
// C library keeps two signals to itself.
int Deaf(const Arguments& arguments) {
  const uint64_t ignore[4] = {1};  // the kernel's sigaction: SIG_IGN, no flags
  for (int signal = 1; signal < NSIG; ++signal)
    syscall(SYS_rt_sigaction, signal, ignore, nullptr, sizeof(uint64_t));
  const uint64_t all = ~uint64_t{0};
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof all);
  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  return 127;
}

// Says each signal that arrives, and leaves with status 0 after `count` of them.
int Trap(const Arguments& arguments) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  std::printf("ready\n");
  for (int left = std::atoi(arguments.at(0).c_str()); left > 0; --left) {
    int number = 0;
    sigwait(&all, &number);
    std::printf("signal %d\n", number);
  }
  return 0;
}

// Children that sleep for ever. A failing fork, as under a pids limit, is counted and reported.
int Fork(const Arguments& arguments) {
  int made = 0;
  for (int left = std::atoi(arguments.at(0).c_str()); left > 0; --left) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) pause();
    }
    if (pid < 0) break;
    ++made;
  }
  const int error = errno;
  std::printf("forked %d\n", made);
  if (made < std::atoi(arguments.at(0).c_str())) std::printf("then %s\n", strerrorname_np(error));
  if (arguments.size() > 1) pause();
  return 0;
}

// The same with threads, which have small stacks.
int Threads(const Arguments& arguments) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, size_t{64} << 10);
  int made = 0, error = 0;
  for (int left = std::atoi(arguments.at(0).c_str()); left > 0 && error == 0; --left) {
    pthread_t thread{};
    error = pthread_create(
        &thread, &small,
        [](void*) -> void* {
          for (;;) pause();
        },
        nullptr);
    made += error == 0 ? 1 : 0;
  }
  std::printf("threads %d\n", made);
  if (error != 0) std::printf("then %s\n", strerrorname_np(error));
  if (arguments.size() > 1) pause();
  return 0;
}

int Allocate(const Arguments& arguments) {
  const size_t size = static_cast<size_t>(std::atol(arguments.at(0).c_str())) << 20;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Report(-1);
  std::memset(memory, 1, size);
  std::printf("allocated\n");
  return 0;
}

int Write(const Arguments& arguments) {
  const int fd = open(arguments.at(0).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return Report(-1);
  return Report(write(fd, arguments.at(1).data(), arguments.at(1).size()));
}

int Read(const Arguments& arguments) {
  const int fd = open(arguments.at(0).c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  return Report(fd < 0 ? -1 : read(fd, &byte, 1));
}

int Device(const Arguments& arguments) {
  const mode_t type = arguments.at(1) == "b" ? S_IFBLK : S_IFCHR;
  const auto number = [&](size_t i) { return static_cast<unsigned>(std::atoi(arguments.at(i).c_str())); };
  return Report(mknod(arguments[0].c_str(), type | 0666, makedev(number(2), number(3))));
}

// The protocol of sd_listen_fds(3): each socket or file passed is named by what it holds.
int ListenFds(const Arguments&) {
  const char* count = std::getenv("LISTEN_FDS");
  const char* pid = std::getenv("LISTEN_PID");
  std::printf("LISTEN_FDS %s\n", count == nullptr ? "unset" : count);
  std::printf("LISTEN_PID %s\n", pid == nullptr ? "unset" : std::atoi(pid) == getpid() ? "me" : "other");
  for (int fd = 3; count != nullptr && fd < 3 + std::atoi(count); ++fd) Drain(fd);
  return 0;
}

int Cat(const Arguments& arguments) {
  Drain(std::atoi(arguments.at(0).c_str()));
  return 0;
}

// sd_notify(3): each TEXT is a message, in which "|" stands for the end of a line.
int Notify(const Arguments& arguments) {
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr) {
    std::printf("no NOTIFY_SOCKET\n");
    return 1;
  }
  const SocketAddress at = AddressOf(name);
  const auto* address = reinterpret_cast<const sockaddr*>(&at.address);
  const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (std::string text : arguments) {
    std::replace(text.begin(), text.end(), '|', '\n');
    if (sendto(sender, text.data(), text.size(), MSG_NOSIGNAL, address, at.size) < 0) return Report(-1);
  }
  return Report(0);
}

}  // namespace

void Drain(int fd) {
  std::array<char, 4096> buffer;
  std::fflush(stdout);
  for (;;) {
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    if (size <= 0 || write(STDOUT_FILENO, buffer.data(), static_cast<size_t>(size)) != size) return;
  }
}

const std::vector<Command> kActions = {
    {"args", "WORD...", Args},      {"exit", "STATUS", Exit},
    {"die", "SIGNAL", Die},         {"sleep", "SECONDS", Sleep},
    {"deaf", "WORD...", Deaf},      {"trap", "COUNT", Trap},
    {"fork", "COUNT [stay]", Fork}, {"threads", "COUNT [stay]", Threads},
    {"allocate", "MIB", Allocate},  {"write", "FILE TEXT", Write},
    {"read", "FILE", Read},         {"device", "PATH c|b MAJOR MINOR", Device},
    {"listen-fds", "", ListenFds},  {"notify", "TEXT...", Notify},
    {"cat-fd", "FD", Cat},
};

}  // namespace probe
