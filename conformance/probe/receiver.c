// The other end of a console socket or a pidfd socket: receiver SOCKET. It takes one message there and says, a line each,
// "fds N", how many descriptors came; "is WHAT", what the first one is; "pid N", if it is a pidfd; "name WORDS", the bytes
// that came along. Of a terminal it then copies what is written there to standard output, and ends with it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0) return -1;
  return accept(listener, NULL, NULL);
}

// Takes a message and returns how many descriptors came; the first one is `*fd`.
static int take(int connection, int *fd, char *name, size_t size) {
  char control[CMSG_SPACE(8 * sizeof(int))];
  struct iovec part = {name, size - 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(connection, &message, 0);
  name[length > 0 ? length : 0] = 0;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (length < 0 || !header || header->cmsg_type != SCM_RIGHTS) return 0;
  memcpy(fd, CMSG_DATA(header), sizeof *fd);
  return (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
}

static void describe(int fd) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(path, text, sizeof text - 1);
  if (length > 0) printf("is %.*s\n", (int)length, text);
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen(path, "re");
  for (int pid; info && fgets(text, sizeof text, info);)
    if (sscanf(text, "Pid: %d", &pid) == 1) printf("pid %d\n", pid);
  if (info) fclose(info);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int connection = listen_at(argv[1]);
  if (connection < 0) return perror("receiver"), 1;
  int fd = -1;
  char name[4096], words[4096];
  int count = take(connection, &fd, name, sizeof name);
  printf("fds %d\n", count);
  if (count > 0) describe(fd);
  printf("name %s\n", name);
  fflush(stdout);
  if (count == 0 || !isatty(fd)) return 0;
  for (ssize_t got; (got = read(fd, words, sizeof words)) > 0;)
    if (write(1, words, (size_t)got) < 0) return 1;
  return 0;
}
