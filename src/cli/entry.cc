// The entry point of the static executable, in place of glibc's. That one executes CPUID some thirty times,
// to choose among its string functions and to learn the sizes of caches. In a virtual machine, each of them
// traps to the hypervisor; where that takes 20 us, it is most of the time until main.
//
// This does the same as glibc 2.36, with glibc's own functions, but leaves the processor unexamined: every
// IFUNC then resolves to the function for any x86-64 processor. The functions are hidden symbols of libc.a,
// and differ between versions. So cmake/entry.cmake uses this file only if it compiles, links and starts a
// program.
#include <elf.h>
#include <features.h>

#include <cstdint>
#include <cstdlib>

#if !defined(__x86_64__) || !defined(__GLIBC__) || __GLIBC__ != 2 || __GLIBC_MINOR__ != 36
#error "this is the start of glibc 2.36 on x86-64"
#endif

extern "C" {

using Initializer = void(int, char**, char**);

// The linker's.
extern const Elf64_Rela __rela_iplt_start[];
extern const Elf64_Rela __rela_iplt_end[];
extern Initializer* __preinit_array_start[];
extern Initializer* __preinit_array_end[];
extern Initializer* __init_array_start[];
extern Initializer* __init_array_end[];
extern void (*__fini_array_start[])();
extern void (*__fini_array_end[])();
void _init();
void _fini();

// glibc's.
extern char** __environ;
extern void* __libc_stack_end;
extern int __libc_enable_secure;
extern void* _dl_random;
extern long __x86_shared_non_temporal_threshold;
void _dl_aux_init(Elf64_auxv_t* auxv);
void __tunables_init(char** environment);
void __libc_setup_tls();
void __libc_early_init(bool initial);
void __libc_init_first(int argc, char** argv, char** environment);
void __libc_check_standard_fds();
int __cxa_atexit(void (*function)(void*), void* argument, void* dso);

int main(int argc, char** argv, char** environment);
[[noreturn]] void StartProgram(uintptr_t* stack);
}

// The kernel leaves argc at the top of the stack. There is no return address above main.
asm(R"(
  .pushsection .text.entry, "ax", @progbits
  .globl tare_entry
  .type tare_entry, @function
tare_entry:
  xor %ebp, %ebp
  mov %rsp, %rdi
  and $-16, %rsp
  call StartProgram
  hlt
  .popsection
)");

namespace {

void Finish(void*) {
  for (auto* function = __fini_array_end; function != __fini_array_start;) (*--function)();
  _fini();
}

}  // namespace

// There is no canary, and memcpy(3) has no address, before this has provided them.
__attribute__((no_stack_protector)) void StartProgram(uintptr_t* stack) {
  const int argc = static_cast<int>(stack[0]);
  char** argv = reinterpret_cast<char**>(stack + 1);
  __environ = argv + argc + 1;
  __libc_stack_end = stack;

  char** end = __environ;
  while (*end != nullptr) ++end;
  _dl_aux_init(reinterpret_cast<Elf64_auxv_t*>(end + 1));
  __tunables_init(__environ);
  // Larger copies bypass the cache. This is glibc's value for a processor that it does not know.
  __x86_shared_non_temporal_threshold = 0xc0000;

  for (const Elf64_Rela* relocation = __rela_iplt_start; relocation != __rela_iplt_end; ++relocation)
    *reinterpret_cast<uintptr_t*>(relocation->r_offset) =
        reinterpret_cast<uintptr_t (*)()>(relocation->r_addend)();

  __libc_setup_tls();
  const auto* random = static_cast<const uintptr_t*>(_dl_random);
  // The stack protector's canary, whose first byte ends strings, and what setjmp(3) mangles pointers with.
  asm volatile("mov %0, %%fs:0x28" ::"r"(random[0] & ~uintptr_t{0xff}));
  asm volatile("mov %0, %%fs:0x30" ::"r"(random[1]));

  __libc_early_init(true);
  __libc_init_first(argc, argv, __environ);
  __cxa_atexit(Finish, nullptr, nullptr);
  if (__libc_enable_secure != 0) __libc_check_standard_fds();
  for (auto* function = __preinit_array_start; function != __preinit_array_end; ++function)
    (*function)(argc, argv, __environ);
  _init();
  for (auto* function = __init_array_start; function != __init_array_end; ++function)
    (*function)(argc, argv, __environ);
  exit(main(argc, argv, __environ));
}
