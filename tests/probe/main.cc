#include <cerrno>
#include <cstdio>
#include <cstring>

#include "probe.h"

namespace probe {
namespace {

const Command* Find(const std::vector<Command>& commands, const std::string& name) {
  for (const Command& command : commands) {
    if (name == command.name) return &command;
  }
  return nullptr;
}

void PrintHelp(const char* title, const std::vector<Command>& commands) {
  std::printf("%s\n", title);
  for (const Command& command : commands) std::printf("  %s %s\n", command.name, command.usage);
}

int Help() {
  PrintHelp("facts (any number of them at once):", kFacts);
  PrintHelp("actions:", kActions);
  PrintHelp("attackers:", kAttackers);
  PrintHelp("receivers:", kReceivers);
  PrintHelp("keepers:", kKeepers);
  PrintHelp("system calls:", kSyscalls);
  return 0;
}

int Run(const Arguments& words) {
  for (const auto* commands : {&kActions, &kAttackers, &kReceivers, &kKeepers, &kSyscalls}) {
    if (const Command* command = Find(*commands, words[0])) {
      return command->run({words.begin() + 1, words.end()});
    }
  }
  for (const std::string& word : words) {
    const Command* fact = Find(kFacts, word);
    if (fact == nullptr) {
      std::fprintf(stderr, "probe: no such command: %s\n", word.c_str());
      return 2;
    }
    if (int status = fact->run({}); status != 0) return status;
  }
  return 0;
}

}  // namespace

int Report(long result) {
  std::printf("%s\n", result >= 0 ? "ok" : strerrorname_np(errno));
  return result >= 0 ? 0 : 1;
}

}  // namespace probe

int main(int argc, char** argv) {
  // Tests read the output of programs that are still running.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  if (argc < 2 || std::string(argv[1]) == "help") return probe::Help();
  return probe::Run({argv + 1, argv + argc});
}
