#include "door/executable.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/functional/function_ref.h"
#include "kernel/arguments.h"
#include "kernel/memfd.h"

// The linked stub, as a file.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "tare_stub_begin:\n"
    ".incbin \"" TARE_STUB
    "\"\n"
    "tare_stub_end:\n"
    ".popsection\n");
extern "C" const char tare_stub_begin[], tare_stub_end[];

namespace tare::door {
namespace {

constexpr char kName[] = "tare init";    // argv[0] while it waits to be started, as ps(1) shows it
constexpr size_t kPlaceholder = 16;      // what stub.ld leaves where the act begins
constexpr off_t kMostBytes = 256 << 10;  // a filter has at most 4096 instructions of 8 bytes (BPF_MAXINSNS)

// What is loaded of the stub: its file up to the act.
absl::string_view Stub() {
  Elf64_Phdr segment;
  memcpy(&segment, tare_stub_begin + sizeof(Elf64_Ehdr), sizeof segment);
  return {tare_stub_begin, segment.p_filesz - kPlaceholder};
}

// The stub with an act at its end, in pieces: the one segment that is loaded covers both. `write` puts bytes
// at an offset.
bool Compose(absl::string_view stub, absl::string_view act,
             absl::FunctionRef<bool(size_t, absl::string_view)> write) {
  Elf64_Phdr segment;
  memcpy(&segment, stub.data() + sizeof(Elf64_Ehdr), sizeof segment);
  segment.p_filesz = segment.p_memsz = stub.size() + act.size();
  return write(0, stub) && write(stub.size(), act) &&
         write(sizeof(Elf64_Ehdr), {reinterpret_cast<const char*>(&segment), sizeof segment});
}

// Through a mapping, because the container's RLIMIT_FSIZE may be in force. Its RLIMIT_AS may be in force,
// too, and forbid the mapping, if it is enough for the program but not for us.
Status Write(int file, absl::string_view act) {
  const absl::string_view stub = Stub();
  const size_t size = stub.size() + act.size();
  if (size > static_cast<size_t>(kMostBytes)) return ErrnoError(E2BIG, "writing the last act");
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const bool written = Compose(stub, act, [&](size_t offset, absl::string_view bytes) {
    if (memory == MAP_FAILED)
      return pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)) >= 0;
    memcpy(static_cast<char*>(memory) + offset, bytes.data(), bytes.size());
    return true;
  });
  if (!written) return ErrnoError(errno, "write(memfd)");
  if (memory != MAP_FAILED) munmap(memory, size);
  return kernel::Seal(file);
}

}  // namespace

StatusOr<Executable> Executable::Make() {
  TARE_ASSIGN_OR_RETURN(kernel::Fd file, kernel::ExecutableMemfd("tare-init"));
  if (ftruncate(file.get(), kMostBytes) != 0) return ErrnoError(errno, "ftruncate(memfd)");
  return Executable(std::move(file));
}

Status Executable::Execute(absl::string_view act, const std::vector<int>& needed,
                           const std::vector<std::string>& args, const std::vector<std::string>& env) const {
  TARE_RETURN_IF_ERROR(Write(file_.get(), act));
  for (int fd : needed)
    if (fcntl(fd, F_SETFD, 0) != 0) return ErrnoError(errno, "fcntl(F_SETFD)");
  std::vector<char*> arguments = kernel::Pointers(args);
  arguments.insert(arguments.begin(), const_cast<char*>(kName));
  syscall(SYS_execveat, file_.get(), "", arguments.data(), kernel::Pointers(env).data(), AT_EMPTY_PATH);
  return ErrnoError(errno, "execveat(memfd)");
}

}  // namespace tare::door
