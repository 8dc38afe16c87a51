// UNIX sockets that carry messages and descriptors (unix(7)): between tare's own processes, to a console
// socket, and the gate at which a created container waits.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

inline constexpr size_t kMaxMessage = 64 * 1024;

struct Message {
  std::string bytes;    // empty: the peer has closed
  std::vector<Fd> fds;  // SCM_RIGHTS, close-on-exec
};

// SOCK_SEQPACKET: one send is one receive.
StatusOr<std::pair<Fd, Fd>> SeqpacketPair();

// Sends one message, whole. `fds` stay the caller's. Does not raise SIGPIPE.
Status Send(int socket, absl::string_view bytes, const std::vector<int>& fds = {});

// Waits for one message; what is longer than kMaxMessage is an error.
StatusOr<Message> Receive(int socket);

// Connects to the socket at `path`, of any length (sun_path holds 107 bytes only). `type` is SOCK_STREAM and
// so on.
StatusOr<Fd> ConnectUnix(const std::string& path, int type);

// The same by a name in the network namespace (unix(7), abstract), which begins after the null byte.
StatusOr<Fd> ConnectAbstract(absl::string_view name, int type);

// A socket at `name` in the directory `dir`; its mode is `mode`, whatever the umask.
StatusOr<Fd> BindUnix(int dir, const std::string& name, int type, mode_t mode);

// A socket listening at `name` in the directory `dir`, mode 0600.
StatusOr<Fd> ListenUnix(int dir, const std::string& name, int type);
// A listener that is so far behind with accepting that its backlog is full makes us wait, for `patience` at
// most (then DeadlineExceeded); the same goes for a later Send().
StatusOr<Fd> ConnectUnixAt(int dir, const std::string& name, int type,
                           absl::Duration patience = absl::InfiniteDuration());
StatusOr<Fd> Accept(int socket);

// PermissionDenied unless the peer is of our effective user, or root (SO_PEERCRED): those could also signal
// and trace us.
Status CheckPeer(int socket);

}  // namespace tare::kernel
