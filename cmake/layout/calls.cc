// The functions that a program calls, in the order of their first calls.   calls FILE PROGRAM [ARGUMENT...]
// Writes their addresses to FILE. PROGRAM is a static executable with symbols. Each function gets a
// breakpoint, which the first process that calls it removes; processes that PROGRAM forks are followed until
// they execute something.
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

namespace {

using Code = std::map<unsigned long, unsigned char>;  // the first byte of each function, by address

Code ReadFunctions(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st {};
  if (fd < 0 || fstat(fd, &st) != 0) perror(path), std::exit(1);
  void* mapped = mmap(nullptr, static_cast<size_t>(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  const auto* file = static_cast<const unsigned char*>(mapped);
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(file);
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(file + header->e_shoff);
  Code code;
  for (int i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const auto* symbols = reinterpret_cast<const Elf64_Sym*>(file + sections[i].sh_offset);
    for (size_t k = 0; k < sections[i].sh_size / sizeof *symbols; ++k) {
      const Elf64_Sym& symbol = symbols[k];
      const int type = ELF64_ST_TYPE(symbol.st_info);
      if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_size == 0 ||
          symbol.st_shndx >= header->e_shnum)
        continue;
      const Elf64_Shdr& section = sections[symbol.st_shndx];
      code[symbol.st_value] = file[section.sh_offset + symbol.st_value - section.sh_addr];
    }
  }
  close(fd);
  return code;
}

class Tracer {
 public:
  Tracer(Code code, FILE* out) : code_(std::move(code)), out_(out) {}

  int Run(char** command) {
    const pid_t program = fork();
    if (program == 0) {
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      execv(command[0], command);
      _exit(127);
    }
    int status = 0;
    int exit_code = 1;
    if (waitpid(program, &status, 0) != program || !WIFSTOPPED(status)) return exit_code;
    ptrace(PTRACE_SETOPTIONS, program, nullptr,
           PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC);
    for (const auto& [address, byte] : code_) Write(program, address, 0xcc);
    ptrace(PTRACE_CONT, program, nullptr, nullptr);
    for (pid_t pid = 0; (pid = waitpid(-1, &status, __WALL)) > 0;) {
      if (WIFSTOPPED(status)) Continue(pid, WSTOPSIG(status), status >> 16);
      if (pid == program && WIFEXITED(status)) exit_code = WEXITSTATUS(status);
    }
    return exit_code;
  }

 private:
  static void Write(pid_t pid, unsigned long address, unsigned char byte) {
    const int memory = open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_WRONLY | O_CLOEXEC);
    if (pwrite(memory, &byte, 1, static_cast<off_t>(address)) != 1) perror("write a breakpoint");
    close(memory);
  }

  void Continue(pid_t pid, int signal, int event) {
    if (event == PTRACE_EVENT_EXEC) {
      ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
      return;
    }
    // A new process begins with SIGSTOP.
    const bool ours = event != 0 || signal == SIGSTOP || (signal == SIGTRAP && Called(pid));
    ptrace(PTRACE_CONT, pid, nullptr, ours ? 0 : signal);
  }

  bool Called(pid_t pid) {
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
    const auto function = code_.find(--registers.rip);
    if (function == code_.end()) return false;
    Write(pid, function->first, function->second);
    ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
    if (called_.insert(function->first).second) std::fprintf(out_, "0x%016lx\n", function->first);
    return true;
  }

  Code code_;
  FILE* out_;
  std::set<unsigned long> called_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  FILE* out = std::fopen(argv[1], "w");
  return out == nullptr ? 1 : Tracer(ReadFunctions(argv[2]), out).Run(argv + 2);
}
