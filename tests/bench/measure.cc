// What hyperfine cannot measure.   measure cycle RUNTIME BUNDLE ID   measure rss COMMAND...
// cycle: create, start, the end of the container's process (ours to wait for, as a subreaper), delete.
// rss: the peak resident size, in KiB, of the largest process of a command.
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <vector>

namespace {

// Runs a command to its end; its resource use counts its descendants that were waited for.
rusage Command(char* const* argv) {
  pid_t pid = 0;
  int status = 0;
  rusage usage{};
  if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv, environ) != 0 ||
      wait4(pid, &status, 0, &usage) < 0) {
    perror(argv[0]);
    _exit(125);
  }
  if (status != 0) {
    fprintf(stderr, "%s %s failed\n", argv[0], argv[1]);
    _exit(1);
  }
  return usage;
}

void Command(std::initializer_list<const char*> words) {
  std::vector<char*> argv;
  for (const char* word : words) argv.push_back(const_cast<char*>(word));
  argv.push_back(nullptr);
  Command(argv.data());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && !strcmp(argv[1], "cycle")) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    Command({argv[2], "create", "--bundle", argv[3], argv[4]});
    Command({argv[2], "start", argv[4]});
    waitpid(-1, nullptr, 0);
    Command({argv[2], "delete", argv[4]});
    return 0;
  }
  if (argc >= 3 && !strcmp(argv[1], "rss")) {
    printf("%ld\n", Command(argv + 2).ru_maxrss);
    return 0;
  }
  fputs("usage: measure cycle RUNTIME BUNDLE ID | measure rss COMMAND...\n", stderr);
  return 2;
}
