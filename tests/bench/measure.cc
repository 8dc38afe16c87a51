// Runs a list of commands some times over and measures them.   measure ROUNDS <LIST
//
// Each line of LIST is "NAME CASE COMMAND...", words without spaces or quotes. A round runs all lines, so
// that the programs that are compared take turns. Lines with the same name and case are one figure: what they
// take together in a round. CASE "-" is not measured. "wait" as the command waits for the containers'
// processes, which are ours to wait for because this program is a subreaper. The first round is not counted.
//
// This program is static and without iostreams because its own pages are part of a command's peak resident
// size.
//
// Prints a line of JSON for each figure: the 10th percentile and the median of the time in ms, the median of
// the page faults, and the peak resident size in KiB of the largest process (getrusage(2): of the command and
// all that it waited for).
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Use {
  double milliseconds = 0;
  long faults = 0;
  long kib = 0;
};

struct Line {
  std::string name, figure;
  std::vector<std::string> command;
};

std::vector<Line> ReadList() {
  std::vector<Line> lines;
  char text[8192];
  while (fgets(text, sizeof text, stdin) != nullptr) {
    std::vector<std::string> words;
    for (char* word = strtok(text, " \n"); word != nullptr; word = strtok(nullptr, " \n"))
      words.emplace_back(word);
    if (words.size() >= 3) lines.push_back({words[0], words[1], {words.begin() + 2, words.end()}});
  }
  return lines;
}

Use Run(const Line& line) {
  std::vector<char*> argv;
  for (const std::string& word : line.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = 0;
  int status = 0;
  rusage usage{};
  if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0 ||
      wait4(pid, &status, 0, &usage) < 0) {
    perror(argv[0]);
    _exit(125);
  }
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
  if (status != 0) {
    fprintf(stderr, "%s, %s: failed\n", line.name.c_str(), line.figure.c_str());
    _exit(1);
  }
  return {time.count(), usage.ru_minflt, usage.ru_maxrss};
}

// For each figure, in the order of the list, a Use for each round.
struct Figure {
  std::string name, figure;
  std::vector<Use> rounds;
};
using Figures = std::vector<Figure>;

Figure& FigureOf(const Line& line, Figures& figures) {
  for (Figure& figure : figures)
    if (figure.name == line.name && figure.figure == line.figure) return figure;
  figures.push_back({line.name, line.figure, {}});
  return figures.back();
}

void Round(const std::vector<Line>& lines, size_t round, Figures& figures) {
  for (const Line& line : lines) {
    if (line.command[0] == "wait") {
      while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) continue;
      continue;
    }
    const Use use = Run(line);
    std::vector<Use>& rounds = FigureOf(line, figures).rounds;
    rounds.resize(round + 1);
    rounds[round].milliseconds += use.milliseconds;
    rounds[round].faults += use.faults;
    rounds[round].kib = std::max(rounds[round].kib, use.kib);
  }
  while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
}

// The element of rank `part` when sorted.
template <typename T>
T Rank(const std::vector<Use>& uses, double part, T Use::*member) {
  std::vector<T> values;
  for (const Use& use : uses) values.push_back(use.*member);
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(static_cast<double>(values.size() - 1) * part)];
}

void Print(const Figures& figures) {
  for (const auto& [name, figure, uses] : figures)
    if (figure != "-")
      printf("{\"case\":\"%s\",\"name\":\"%s\",\"p10\":%.4f,\"median\":%.4f,\"faults\":%ld,\"rss\":%ld}\n",
             figure.c_str(), name.c_str(), Rank(uses, 0.1, &Use::milliseconds),
             Rank(uses, 0.5, &Use::milliseconds), Rank(uses, 0.5, &Use::faults), Rank(uses, 1, &Use::kib));
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc == 2 ? atoi(argv[1]) : 0;
  if (rounds < 1) {
    fputs("usage: measure ROUNDS <LIST\n", stderr);
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::vector<Line> lines = ReadList();
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, 0);
  const int out = fcntl(1, F_DUPFD_CLOEXEC, 3);
  dup2(nothing, 1);
  Figures figures;
  Figures warming;
  Round(lines, 0, warming);
  for (int round = 0; round < rounds; ++round) Round(lines, static_cast<size_t>(round), figures);
  dup2(out, 1);
  Print(figures);
}
