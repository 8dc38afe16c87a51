// UNIX sockets that carry messages and descriptors (unix(7)): between tare's own processes, and to sockets of
// engines such as the console socket.
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
  std::string bytes;    // empty: the peer has closed the connection
  std::vector<Fd> fds;  // SCM_RIGHTS, close-on-exec
};

// SOCK_SEQPACKET keeps message boundaries.
StatusOr<std::pair<Fd, Fd>> SeqpacketPair();

// Sends one whole message. `fds` stay the caller's. Does not raise SIGPIPE.
Status Send(int socket, absl::string_view bytes, const std::vector<int>& fds = {});

// Waits for one message. A message longer than kMaxMessage is an error.
StatusOr<Message> Receive(int socket);

// Connects to the socket at `path`, which may be longer than the 107 bytes of sun_path. `type` is SOCK_STREAM
// and so on.
StatusOr<Fd> ConnectUnix(const std::string& path, int type);

// The same for an abstract name (unix(7)), without its leading null byte.
StatusOr<Fd> ConnectAbstract(absl::string_view name, int type);

// A socket at `name` in the directory `dir`, with mode `mode` regardless of the umask.
StatusOr<Fd> BindUnix(int dir, const std::string& name, int type, mode_t mode);

// A socket listening at `name` in the directory `dir`, mode 0600.
StatusOr<Fd> ListenUnix(int dir, const std::string& name, int type);

// If the listener's backlog is full, waits for at most `patience` (then DeadlineExceeded). The same limit
// applies to a later Send().
StatusOr<Fd> ConnectUnixAt(int dir, const std::string& name, int type,
                           absl::Duration patience = absl::InfiniteDuration());
StatusOr<Fd> Accept(int socket);

// PermissionDenied unless the peer is root or our effective user (SO_PEERCRED), who could also signal
// and trace us.
Status CheckPeer(int socket);

}  // namespace tare::kernel
