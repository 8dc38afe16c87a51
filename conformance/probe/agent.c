// A seccomp agent. For each of COUNT connections it says the state that came, a line; "fds N", the descriptors of the first
// message; "late fds N", those of later ones; and "closed" when the other side has closed.
#include "agent.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int descriptors(struct msghdr *message) {
  int count = 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    count += (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  }
  return count;
}

static void serve(int connection) {
  static char state[1 << 20];
  size_t length = 0;
  int first = -1, late = 0;
  for (;;) {
    char control[CMSG_SPACE(64 * sizeof(int))];
    struct iovec part = {state + length, sizeof state - 1 - length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(connection, &message, 0);
    if (got <= 0) break;
    length += (size_t)got;
    if (first < 0) first = descriptors(&message);
    else late += descriptors(&message);
  }
  state[length] = 0;
  printf("%s\nfds %d\nlate fds %d\nclosed\n", state, first, late);
  fflush(stdout);
}

int agent(const char *path, int count) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) return perror("agent"), 1;
  for (; count > 0; --count) {
    int connection = accept(listener, NULL, NULL);
    if (connection < 0) return perror("agent"), 1;
    serve(connection);
    close(connection);
  }
  return 0;
}
