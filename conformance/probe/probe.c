// The program inside the test bundle: says what it sees as JSON, or does one small thing.
//
//   probe see [FILE]       what this process sees, as one JSON document, on standard output or in FILE
//   probe exit N           leaves with N
//   probe sleep SECONDS    says "ready" on standard output and sleeps
//   probe catch FILE       says "ready"; writes the number of each signal it gets to FILE, a line each; leaves on SIGTERM
//   probe call NUMBER      makes the system call NUMBER with zeros as its arguments and says its errno, 0 for none
//   probe hold FILE        opens FILE for reading and writing, says "ready" and sleeps
//   probe agent FILE N     a seccomp agent: takes N connections on a socket at FILE and says what came
//
// Only the C library and the kernel's interfaces are used, so that it can be linked statically and run in an empty root.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"

extern char **environ;

static FILE *out;
static bool first = true;

// --- JSON -----------------------------------------------------------------------------------------------------------

static void text(const char *s) {
  fputc('"', out);
  for (; *s; ++s) {
    unsigned char c = (unsigned char)*s;
    if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
    else if (c < 0x20 || c >= 0x7f) fprintf(out, "\\u%04x", c);
    else fputc(c, out);
  }
  fputc('"', out);
}

static void comma(void) {
  if (!first) fputc(',', out);
  first = false;
}

static void key(const char *name) {
  comma();
  text(name);
  fputc(':', out);
}

static void open_(const char *name, char bracket) {
  if (name) key(name); else comma();
  fputc(bracket, out);
  first = true;
}

static void close_(char bracket) {
  fputc(bracket, out);
  first = false;
}

static void string(const char *name, const char *value) {
  if (name) key(name); else comma();
  text(value);
}

static void number(const char *name, long long value) {
  if (name) key(name); else comma();
  fprintf(out, "%lld", value);
}

static void boolean(const char *name, bool value) {
  key(name);
  fputs(value ? "true" : "false", out);
}

// A limit or the like: the kernel's "all ones" as a string, for a JSON reader would round it.
static void big(const char *name, unsigned long long value) {
  char words[32];
  snprintf(words, sizeof words, "%llu", value);
  string(name, words);
}

// --- what is seen ---------------------------------------------------------------------------------------------------

static void link_to(const char *name, const char *path) {
  char target[4096];
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) return;
  target[length] = 0;
  string(name, target);
}

static void file(const char *name, const char *path) {
  char words[65536];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  size_t length = 0;
  for (ssize_t got; length < sizeof words - 1 && (got = read(fd, words + length, sizeof words - 1 - length)) > 0;)
    length += (size_t)got;
  close(fd);
  words[length] = 0;
  while (length > 0 && words[length - 1] == '\n') words[--length] = 0;
  string(name, words);
}

static void identity(void) {
  number("pid", getpid());
  number("ppid", getppid());
  number("sid", getsid(0));
  number("uid", getuid());
  number("euid", geteuid());
  number("gid", getgid());
  number("egid", getegid());
  gid_t groups[256];
  int count = getgroups(256, groups);
  open_("groups", '[');
  for (int i = 0; i < count; ++i) number(NULL, groups[i]);
  close_(']');
  mode_t mask = umask(0);
  umask(mask);
  number("umask", mask);
  file("uid_map", "/proc/self/uid_map");
  file("gid_map", "/proc/self/gid_map");
}

static void environment(int argc, char **argv) {
  open_("args", '[');
  for (int i = 0; i < argc; ++i) string(NULL, argv[i]);
  close_(']');
  open_("env", '[');
  for (char **variable = environ; *variable; ++variable) string(NULL, *variable);
  close_(']');
  char directory[4096];
  string("cwd", getcwd(directory, sizeof directory) ? directory : "");
  struct utsname names;
  uname(&names);
  string("hostname", names.nodename);
  string("domainname", names.domainname);
}

// The lines of /proc/self/status that tell of rights: capabilities, NoNewPrivs, Seccomp, signals.
static void rights(void) {
  FILE *status = fopen("/proc/self/status", "re");
  open_("status", '{');
  for (char line[4096]; status && fgets(line, sizeof line, status);) {
    char *colon = strchr(line, ':');
    if (!colon) continue;
    *colon = 0;
    char *value = colon + 1 + strspn(colon + 1, " \t");
    value[strcspn(value, "\n")] = 0;
    string(line, value);
  }
  close_('}');
  if (status) fclose(status);
  number("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  number("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  file("apparmor", "/proc/self/attr/current");
}

static const struct { const char *name; int number; } LIMITS[] = {
  {"RLIMIT_AS", RLIMIT_AS}, {"RLIMIT_CORE", RLIMIT_CORE}, {"RLIMIT_CPU", RLIMIT_CPU}, {"RLIMIT_DATA", RLIMIT_DATA},
  {"RLIMIT_FSIZE", RLIMIT_FSIZE}, {"RLIMIT_LOCKS", RLIMIT_LOCKS}, {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
  {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE}, {"RLIMIT_NOFILE", RLIMIT_NOFILE},
  {"RLIMIT_NPROC", RLIMIT_NPROC}, {"RLIMIT_RSS", RLIMIT_RSS}, {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
  {"RLIMIT_RTTIME", RLIMIT_RTTIME}, {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING}, {"RLIMIT_STACK", RLIMIT_STACK},
};

static void limits(void) {
  open_("rlimits", '{');
  for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; ++i) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)LIMITS[i].number, &limit) != 0) continue;
    open_(LIMITS[i].name, '{');
    big("soft", limit.rlim_cur);
    big("hard", limit.rlim_max);
    close_('}');
  }
  close_('}');
}

// sched_getattr(2); the C library has no declaration of it everywhere.
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t util_min, util_max;
};

static void scheduling(void) {
  struct attributes attributes = {.size = sizeof attributes};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
    open_("scheduler", '{');
    number("policy", attributes.policy);
    number("flags", (long long)attributes.flags);
    number("nice", attributes.nice);
    number("priority", attributes.priority);
    number("runtime", (long long)attributes.runtime);
    number("deadline", (long long)attributes.deadline);
    number("period", (long long)attributes.period);
    close_('}');
  }
  number("ioprio", syscall(SYS_ioprio_get, 1, 0));
  number("personality", personality(0xffffffff));
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    open_("cpus", '[');
    for (int i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) number(NULL, i);
    close_(']');
  }
  int mode = -1;
  unsigned long nodes[16] = {0};
  if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof nodes * 8, 0, 0) == 0) {
    number("mempolicy", mode);
    number("mempolicy_nodes", (long long)nodes[0]);
  }
  file("oom_score_adj", "/proc/self/oom_score_adj");
  file("timerslack", "/proc/self/timerslack_ns");
}

static void namespaces(void) {
  static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
  open_("namespaces", '{');
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
    link_to(names[i], path);
  }
  close_('}');
  file("cgroup", "/proc/self/cgroup");
  file("timens_offsets", "/proc/self/timens_offsets");
}

// Takes the octal escapes of the kernel's list of mounts back.
static void plain(char *word) {
  char *to = word;
  for (char *from = word; *from; ++to) {
    if (from[0] == '\\' && from[1] && from[2] && from[3]) {
      *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = 0;
}

static void mounts(void) {
  FILE *table = fopen("/proc/self/mountinfo", "re");
  open_("mounts", '[');
  for (char line[16384]; table && fgets(line, sizeof line, table);) {
    line[strcspn(line, "\n")] = 0;
    char *rest = line;
    char *dash = strstr(line, " - ");
    if (!dash) continue;
    *dash = 0;
    char *after = dash + 3;
    char *id = strsep(&rest, " "), *parent = strsep(&rest, " ");
    strsep(&rest, " ");
    char *root = strsep(&rest, " "), *target = strsep(&rest, " "), *options = strsep(&rest, " ");
    char *type = strsep(&after, " "), *source = strsep(&after, " ");
    plain(root);
    plain(target);
    plain(source);
    open_(NULL, '{');
    number("id", atoll(id));
    number("parent", atoll(parent));
    string("root", root);
    string("target", target);
    string("options", options);
    string("propagation", rest ? rest : "");
    string("type", type);
    string("source", source);
    string("super", after ? after : "");
    close_('}');
  }
  close_(']');
  if (table) fclose(table);
}

static void node(const char *path, const char *name) {
  struct stat stat;
  if (lstat(path, &stat) != 0) return;
  open_(name, '{');
  string("kind", S_ISCHR(stat.st_mode)    ? "c"
                 : S_ISBLK(stat.st_mode)  ? "b"
                 : S_ISFIFO(stat.st_mode) ? "p"
                 : S_ISDIR(stat.st_mode)  ? "d"
                 : S_ISLNK(stat.st_mode)  ? "l"
                                          : "f");
  if (S_ISCHR(stat.st_mode) || S_ISBLK(stat.st_mode)) {
    number("major", major(stat.st_rdev));
    number("minor", minor(stat.st_rdev));
  }
  number("mode", stat.st_mode & 07777);
  number("uid", stat.st_uid);
  number("gid", stat.st_gid);
  link_to("link", path);
  close_('}');
}

static void devices(void) {
  DIR *directory = opendir("/dev");
  open_("devices", '{');
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    char path[512];
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    if (entry->d_name[0] != '.') node(path, path);
  }
  close_('}');
  if (directory) closedir(directory);
}

static void descriptors(void) {
  open_("descriptors", '{');
  for (int fd = 0; fd < 256; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 || (out != stdout && fd == fileno(out))) continue;
    char name[16], path[64];
    snprintf(name, sizeof name, "%d", fd);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    link_to(name, path);
  }
  close_('}');
  boolean("terminal", isatty(0));
  struct winsize size;
  if (ioctl(0, TIOCGWINSZ, &size) == 0) {
    number("rows", size.ws_row);
    number("columns", size.ws_col);
  }
}

static void keyring(void) {
  char words[256] = "";
  long id = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 0);
  if (id > 0 && syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, id, words, sizeof words - 1) > 0) string("keyring", words);
}

static void interfaces(void) {
  file("net_dev", "/proc/self/net/dev");
  file("net_addresses", "/proc/self/net/fib_trie");
  file("net_addresses6", "/proc/self/net/if_inet6");
}

static int see(int argc, char **argv, const char *path) {
  out = path ? fopen(path, "we") : stdout;
  if (!out) return perror(path), 1;
  open_(NULL, '{');
  identity();
  environment(argc, argv);
  rights();
  limits();
  scheduling();
  namespaces();
  mounts();
  devices();
  descriptors();
  keyring();
  interfaces();
  close_('}');
  fputc('\n', out);
  return fclose(out) == 0 ? 0 : 1;
}

// --- what is done ---------------------------------------------------------------------------------------------------

static int ready(void) {
  return puts("ready") < 0 || fflush(stdout) != 0;
}

static int caught;

static void note(int signal) {
  char line[16];
  int length = snprintf(line, sizeof line, "%d\n", signal);
  if (write(caught, line, (size_t)length) < 0) _exit(1);
  if (signal == SIGTERM) _exit(0);
}

static int catch_signals(const char *path) {
  caught = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (caught < 0) return perror(path), 1;
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action = {.sa_handler = note};
    sigaction(signal, &action, NULL);
  }
  if (ready()) return 1;
  for (;;) pause();
}

static int call(const char *number) {
  errno = 0;
  long result = syscall(strtol(number, NULL, 10), 0, 0, 0, 0, 0, 0);
  printf("%d\n", result < 0 ? errno : 0);
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "see", *word = argc > 2 ? argv[2] : NULL;
  if (!strcmp(what, "see")) return see(argc, argv, word);
  if (!word) return fprintf(stderr, "probe: %s: a word is missing\n", what), 2;
  if (!strcmp(what, "exit")) return atoi(word);
  if (!strcmp(what, "catch")) return catch_signals(word);
  if (!strcmp(what, "call")) return call(word);
  if (!strcmp(what, "agent")) return agent(word, argc > 3 ? atoi(argv[3]) : 1);
  if (!strcmp(what, "hold") && open(word, O_RDWR | O_CLOEXEC) < 0) return perror(word), 1;
  if (!strcmp(what, "hold")) word = "3600";
  if (ready()) return 1;
  sleep((unsigned)atoi(word));
  return 0;
}
