// What a checkpoint must keep: memory, connections, locks. Each of these programs uses its thing twenty times
// a second, and writes into a file how often it has worked; after a restore it goes on counting.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>

#include "probe.h"

namespace probe {
namespace {

void WriteLine(const std::string& path, const std::string& line) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0 || write(file, line.data(), line.size()) < 0) std::perror("probe: count");
  close(file);
}

// Ends only if `works` does not.
int Count(const std::string& path, const std::function<bool(int)>& works) {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 50'000'000};
  for (int number = 1;; ++number) {
    if (!works(number)) {
      WriteLine(path, std::string("failed: ") + std::strerror(errno) + "\n");
      return 1;
    }
    WriteLine(path, std::to_string(number) + "\n");
    nanosleep(&kPause, nullptr);
  }
}

// Every page has its number in it, and the count of the round.
int KeepMemory(const Arguments& arguments) {
  constexpr size_t kPage = 4096 / sizeof(size_t);
  std::vector<size_t> memory(std::strtoul(arguments.at(1).c_str(), nullptr, 10) * 256 * kPage);
  for (size_t page = 0; page < memory.size(); page += kPage) memory[page] = page;
  return Count(arguments.at(0), [&memory](int number) {
    for (size_t page = 0; page < memory.size(); page += kPage) {
      if (memory[page] != page || memory[page + 1] != static_cast<size_t>(number - 1)) return false;
      memory[page + 1] = static_cast<size_t>(number);
    }
    return true;
  });
}

int KeepLock(const Arguments& arguments) {
  const int file = open(arguments.at(1).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) return Report(-1);
  return Count(arguments.at(0), [](int) { return true; });
}

// A file that is open and has lost its name.
int KeepUnlinked(const Arguments& arguments) {
  const int file = open(arguments.at(1).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (unlink(arguments.at(1).c_str()) != 0) return Report(-1);
  return Count(arguments.at(0), [file](int number) {
    int before = 0;
    return (number == 1 ||
            (pread(file, &before, sizeof before, 0) == sizeof before && before == number - 1)) &&
           pwrite(file, &number, sizeof number, 0) == sizeof number;
  });
}

// The ends of a connection over the loopback device.
struct Connection {
  int client = -1;
  int server = -1;
};

Connection ConnectToSelf() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, generic, &size) != 0)
    return {};
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(client, generic, size) != 0) return {};
  const Connection connection{.client = client, .server = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
  close(listener);
  return connection;
}

int KeepTcp(const Arguments& arguments) {
  const Connection connection = ConnectToSelf();
  if (connection.server < 0) return Report(-1);
  return Count(arguments.at(0), [connection](int number) {
    int arrived = 0;
    return send(connection.client, &number, sizeof number, MSG_NOSIGNAL) == sizeof number &&
           recv(connection.server, &arrived, sizeof arrived, MSG_WAITALL) == sizeof arrived &&
           arrived == number;
  });
}

// Datagrams to a socket that somebody else holds.
int KeepDatagrams(const Arguments& arguments) {
  const int client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const SocketAddress to = AddressOf(arguments.at(1));
  if (connect(client, reinterpret_cast<const sockaddr*>(&to.address), to.size) != 0) return Report(-1);
  return Count(arguments.at(0), [client](int number) {
    const std::string text = "datagram " + std::to_string(number);
    return send(client, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  });
}

}  // namespace

const std::vector<Command> kKeepers = {
    {"keep-memory", "COUNT-FILE MIB", KeepMemory},          {"keep-lock", "COUNT-FILE FILE", KeepLock},
    {"keep-unlinked", "COUNT-FILE FILE", KeepUnlinked},     {"keep-tcp", "COUNT-FILE", KeepTcp},
    {"keep-datagrams", "COUNT-FILE SOCKET", KeepDatagrams},
};

}  // namespace probe
