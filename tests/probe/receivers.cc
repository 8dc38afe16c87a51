// The other end of a runtime's sockets: --console-socket, --pidfd-socket and the seccomp listener. Each
// listens on a new UNIX socket, says "listening", serves one connection and leaves. And that of
// NOTIFY_SOCKET, which has no connections and stays until it is killed. And a UDP port.
#include <arpa/inet.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "probe.h"

namespace probe {
namespace {

int Listen(const std::string& path, int type = SOCK_STREAM) {
  const SocketAddress at = AddressOf(path);
  const int listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at.address), at.size) != 0 ||
      (type == SOCK_STREAM && listen(listener, 8) != 0)) {
    std::perror("probe: listen");
    std::exit(1);
  }
  std::printf("listening\n");
  return listener;
}

int TakeDescriptor(msghdr& message) {
  const cmsghdr* control = CMSG_FIRSTHDR(&message);
  if (control == nullptr || control->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(control), sizeof fd);
  return fd;
}

// A terminal's master: what is written there comes out here, and standard input goes there.
int ServeTerminal(const Arguments& arguments) {
  const Parcel parcel = Receive(arguments.at(0));
  std::printf("received %s\n", parcel.text.c_str());
  std::array<pollfd, 2> files{pollfd{.fd = parcel.fd, .events = POLLIN, .revents = 0},
                              pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
  std::array<char, 4096> buffer;
  while (poll(files.data(), files.size(), -1) > 0) {
    if (files[1].revents != 0) {
      const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
      if (size <= 0) files[1].fd = -1;
      if (size > 0 && write(parcel.fd, buffer.data(), static_cast<size_t>(size)) != size) return 1;
    }
    if (files[0].revents != 0) {
      const ssize_t size = read(parcel.fd, buffer.data(), buffer.size());
      if (size <= 0) return 0;  // EIO: no process has the terminal open any more
      if (write(STDOUT_FILENO, buffer.data(), static_cast<size_t>(size)) != size) return 1;
    }
  }
  return 0;
}

// A pidfd: the pid it stands for.
int ServePidfd(const Arguments& arguments) {
  const Parcel parcel = Receive(arguments.at(0));
  const std::string path = "/proc/self/fdinfo/" + std::to_string(parcel.fd);
  std::FILE* info = std::fopen(path.c_str(), "re");
  if (info == nullptr) return Report(-1);
  std::array<char, 256> line;
  while (std::fgets(line.data(), line.size(), info) != nullptr) std::printf("%s", line.data());
  std::fclose(info);
  return 0;
}

// A seccomp listener: prints the container process state, then lets every notified call go on or
// fail with ERRNO.
int ServeSeccomp(const Arguments& arguments) {
  const Parcel parcel = Receive(arguments.at(0));
  std::printf("state %s\n", parcel.text.c_str());
  pollfd listener{.fd = parcel.fd, .events = POLLIN, .revents = 0};
  while (poll(&listener, 1, -1) > 0 && (listener.revents & POLLIN) != 0) {
    seccomp_notif request{};
    // A caller that was interrupted by a signal takes its notification back (ENOENT).
    if (ioctl(parcel.fd, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) continue;
    std::printf("notified %d\n", request.data.nr);
    seccomp_notif_resp response{.id = request.id, .val = 0, .error = 0, .flags = 0};
    if (arguments.size() > 1) {
      response.error = -std::atoi(arguments[1].c_str());
    } else {
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(parcel.fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
  return 0;
}

// Adds one message, and the descriptor that may come with it. Its size; -1: errno tells.
ssize_t ReceiveMore(int socket, Parcel& parcel) {
  std::array<char, 65536> text;
  iovec data{.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (const int fd = TakeDescriptor(message); fd >= 0) parcel.fd = fd;
  if (size > 0) parcel.text.append(text.data(), static_cast<size_t>(size));
  return size;
}

// As systemd does: prints each message, a line end in it as " | ", and closes what comes with it. "deaf":
// reads nothing, so that its queue fills. "keeps": has not done yet with what was said.
int ServeNotify(const Arguments& arguments) {
  const int receiver = Listen(arguments.at(0), SOCK_DGRAM);
  const std::string manner = arguments.size() > 1 ? arguments.at(1) : "";
  while (manner == "deaf") pause();
  for (;;) {
    Parcel parcel;
    if (const ssize_t size = ReceiveMore(receiver, parcel); size < 0) return Report(size);
    std::string line;
    for (const char c : parcel.text) {
      if (c == '\n') {
        line += " | ";
      } else {
        line += c;
      }
    }
    std::printf("%s%s\n", line.c_str(), parcel.fd >= 0 ? " and a descriptor" : "");
    if (parcel.fd >= 0 && manner != "keeps") close(parcel.fd);
  }
}

// The text of the first UDP datagram that comes to a port.
int ServeDatagram(const Arguments& arguments) {
  const int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in at{.sin_family = AF_INET,
                       .sin_port = htons(static_cast<uint16_t>(std::stoi(arguments.at(0))))};
  if (bind(receiver, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return 1;
  std::array<char, 4096> buffer;
  const ssize_t size = recv(receiver, buffer.data(), buffer.size(), 0);
  return size >= 0 && write(STDOUT_FILENO, buffer.data(), static_cast<size_t>(size)) == size ? 0 : 1;
}

}  // namespace

SocketAddress AddressOf(const std::string& name) {
  SocketAddress at{.address = {.sun_family = AF_UNIX, .sun_path = {}}, .size = 0};
  std::snprintf(at.address.sun_path, sizeof at.address.sun_path, "%s", name.c_str());
  at.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(at.address.sun_path));
  if (name[0] == '@') at.address.sun_path[0] = '\0';
  return at;
}

Parcel Receive(const std::string& path) {
  const int listener = Listen(path);
  const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  Parcel parcel;
  while (ReceiveMore(peer, parcel) > 0) {
  }
  close(peer);
  close(listener);
  return parcel;
}

const std::vector<Command> kReceivers = {
    {"receive-terminal", "SOCKET", ServeTerminal},          {"receive-pidfd", "SOCKET", ServePidfd},
    {"receive-seccomp", "SOCKET [ERRNO]", ServeSeccomp},    {"receive-datagram", "PORT", ServeDatagram},
    {"receive-notify", "SOCKET [deaf|keeps]", ServeNotify},
};

}  // namespace probe
