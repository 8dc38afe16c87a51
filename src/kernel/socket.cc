#include "kernel/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "kernel/file.h"

namespace tare::kernel {
namespace {

constexpr size_t kMaxFds = 32;
constexpr int kBacklog = 128;

StatusOr<sockaddr_un> Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ErrnoError(ENAMETOOLONG, absl::StrCat("socket ", path));
  memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

StatusOr<Fd> NewSocket(int type) {
  const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return ErrnoError(errno, "socket(AF_UNIX)");
  return Fd(fd);
}

}  // namespace

StatusOr<std::pair<Fd, Fd>> SeqpacketPair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return ErrnoError(errno, "socketpair");
  return std::pair(Fd(fds[0]), Fd(fds[1]));
}

Status Send(int socket, absl::string_view bytes, const std::vector<int>& fds) {
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxFds)> control{};
  if (!fds.empty()) {
    if (fds.size() > kMaxFds) return InvalidError("too many descriptors in one message");
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR) sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  if (sent < 0) return ErrnoError(errno, "sendmsg");
  if (static_cast<size_t>(sent) != bytes.size()) return ErrnoError(EMSGSIZE, "sendmsg");
  return absl::OkStatus();
}

StatusOr<Message> Receive(int socket) {
  std::array<char, kMaxMessage> buffer;  // not initialised: only the pages that a message fills are touched
  iovec data{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxFds)> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  // If the peer has exited without reading all messages, the connection is reset. ECONNRESET is reported once
  // and first; then follow the messages that the peer had sent, or the end.
  ssize_t got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && (errno == EINTR || errno == ECONNRESET)) got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  if (got < 0) return ErrnoError(errno, "recvmsg");
  Message message;
  message.bytes.assign(buffer.data(), static_cast<size_t>(got));
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      message.fds.emplace_back(fd);
    }
  }
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return ErrnoError(EMSGSIZE, "recvmsg");
  return message;
}

StatusOr<Fd> ConnectUnix(const std::string& path, int type) {
  const size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  TARE_ASSIGN_OR_RETURN(Fd dir, Open(directory, O_PATH | O_DIRECTORY));
  TARE_ASSIGN_OR_RETURN(
      Fd connected,
      ConnectUnixAt(dir.get(), slash == std::string::npos ? path : path.substr(slash + 1), type), path);
  return connected;
}

StatusOr<Fd> ConnectAbstract(absl::string_view name, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path) return ErrnoError(ENAMETOOLONG, absl::StrCat("socket @", name));
  memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  TARE_ASSIGN_OR_RETURN(Fd connected, NewSocket(type));
  if (connect(connected.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
    return ErrnoError(errno, absl::StrCat("connect(@", name, ")"));
  return connected;
}

StatusOr<Fd> BindUnix(int dir, const std::string& name, int type, mode_t mode) {
  TARE_ASSIGN_OR_RETURN(Fd bound, NewSocket(type));
  TARE_ASSIGN_OR_RETURN(sockaddr_un address, Address(absl::StrCat("/proc/self/fd/", dir, "/", name)));
  const mode_t mask = umask(~mode & 0777);
  const int result = bind(bound.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int error = errno;
  umask(mask);
  if (result != 0) return ErrnoError(error, absl::StrCat("bind(", name, ")"));
  return bound;
}

StatusOr<Fd> ListenUnix(int dir, const std::string& name, int type) {
  TARE_ASSIGN_OR_RETURN(Fd listener, BindUnix(dir, name, type, 0600));
  if (listen(listener.get(), kBacklog) != 0) return ErrnoError(errno, absl::StrCat("listen(", name, ")"));
  return listener;
}

StatusOr<Fd> ConnectUnixAt(int dir, const std::string& name, int type, absl::Duration patience) {
  TARE_ASSIGN_OR_RETURN(Fd connected, NewSocket(type));
  TARE_ASSIGN_OR_RETURN(sockaddr_un address, Address(absl::StrCat("/proc/self/fd/", dir, "/", name)));
  if (patience != absl::InfiniteDuration()) {
    const timeval limit = absl::ToTimeval(patience);
    if (setsockopt(connected.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
      return ErrnoError(errno, "setsockopt(SO_SNDTIMEO)");
  }
  if (connect(connected.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return connected;
  if (errno == EAGAIN)
    return absl::DeadlineExceededError(
        absl::StrCat("connect(", name, "): the connection was not accepted in time"));
  return ErrnoError(errno, absl::StrCat("connect(", name, ")"));
}

StatusOr<Fd> Accept(int socket) {
  int fd = accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
  while (fd < 0 && errno == EINTR) fd = accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, "accept");
  return Fd(fd);
}

Status CheckPeer(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return ErrnoError(errno, "getsockopt(SO_PEERCRED)");
  if (peer.uid == 0 || peer.uid == geteuid()) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("user ", peer.uid, " (process ", peer.pid, ") is not allowed to connect"));
}

}  // namespace tare::kernel
